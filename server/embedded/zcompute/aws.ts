// The AWS-like side of the stand-in: access keys, in forms and XML, for calls that are signed. `UpdateAccessKey` and more is not there.
import { createHash, createHmac } from "node:crypto";
import { type Answer, Refusal } from "./answers.ts";
import { type Key, newId, type Store } from "./store.ts";

interface Signed {
  readonly path: string;
  readonly host: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Answers a signed POST. */
export function createAws(store: Store): (request: Signed) => Answer {
  return (request) => {
    const form = new URLSearchParams(request.text);
    const action = form.get("Action") ?? "";
    const signer = store.keys.find((key) => isSignedBy(key, request));
    if (signer === undefined) throw failure(400, "AuthFailure");
    if (action === "GetCallerIdentity") return xml(action, `<Arn>arn:aws:iam::acme:user/${signer.userId}</Arn>`);
    if (!["CreateAccessKey", "ListAccessKeys", "DeleteAccessKey"].includes(action)) throw failure(400, "AuthFailure");
    const user = [...store.users.values()].find(({ name }) => name === form.get("UserName"));
    if (user === undefined) throw failure(404, "NoSuchEntity");
    if (action === "CreateAccessKey") {
      const key = { access: newId(), secret: newId(), userId: user.id, projectId: signer.projectId };
      store.keys.push(key);
      return xml(action, `<AccessKey>${show(key)}<SecretAccessKey>${key.secret}</SecretAccessKey></AccessKey>`);
    }
    // Those of other projects too: nobody knows whether the real one does so.
    const own = store.keys.filter(({ userId }) => userId === user.id);
    if (action === "ListAccessKeys") {
      const members = own.map((key) => `<member>${show(key)}</member>`).join("");
      return xml(action, `<AccessKeyMetadata>${members}</AccessKeyMetadata><IsTruncated>false</IsTruncated>`);
    }
    const doomed = own.find(({ access }) => access === form.get("AccessKeyId"));
    if (doomed === undefined) throw failure(404, "NoSuchEntity");
    store.keys.splice(store.keys.indexOf(doomed), 1);
    return xml(action, "");
  };
}

function show({ access }: Key): string {
  return `<AccessKeyId>${access}</AccessKeyId><Status>Active</Status>`;
}

const TYPE = { "content-type": "text/xml" };

function xml(action: string, result: string): Answer {
  const body = `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`;
  return { status: 200, body, headers: TYPE };
}

function failure(status: number, code: string): Refusal {
  return new Refusal(status, `<ErrorResponse><Error><Code>${code}</Code></Error></ErrorResponse>`, TYPE);
}

function isSignedBy({ access, secret }: Key, { path, host, text, headers }: Signed): boolean {
  const [, id, scope, names, signature] =
    /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\S+), SignedHeaders=(\S+), Signature=(\w+)$/.exec(
      String(headers["authorization"]),
    ) ?? [];
  if (id !== access || scope === undefined || names === undefined) return false;
  const lines = names.split(";").map((name) => `${name}:${name === "host" ? host : String(headers[name])}\n`);
  const canonical = `POST\n${path}\n\n${lines.join("")}\n${names}\n${hash(text)}`;
  let key: string | Buffer = `AWS4${secret}`;
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
  const toSign = `AWS4-HMAC-SHA256\n${String(headers["x-amz-date"])}\n${scope}\n${hash(canonical)}`;
  return createHmac("sha256", key).update(toSign).digest("hex") === signature;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
