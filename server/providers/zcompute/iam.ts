// The AWS-like side, as far as access keys need it: forms in, XML out. It knows no projects: a key belongs to the project of the key
// that signed for it, as far as is known.
import type { CallContext, Http, HttpAnswer } from "../http.ts";
import { fault } from "./answers.ts";
import type { AccessKey, ZComputeRegion } from "./config.ts";
import { signed } from "./sigv4.ts";

export interface Iam {
  /** Makes a key for the account of this name. ST614 if there is none. */
  create(key: AccessKey, userName: string, ctx: CallContext): Promise<AccessKey>;
  /** The access ids of the account's keys; whether those of other projects are among them nobody says. Undefined: no such account. */
  list(key: AccessKey, userName: string, ctx: CallContext): Promise<readonly string[] | undefined>;
  /** Gone afterwards, whether it was there or not. */
  remove(key: AccessKey, userName: string, access: string, ctx: CallContext): Promise<void>;
  /** Whether calls may be signed with the key. */
  isGood(key: AccessKey, ctx: CallContext): Promise<boolean>;
}

const VERSIONS = { iam: "2010-05-08", sts: "2011-06-15" } as const;

export function createIam({ url }: ZComputeRegion, http: Http): Iam {
  async function ask(
    service: keyof typeof VERSIONS,
    key: AccessKey,
    form: Readonly<Record<string, string>>,
    changes: boolean,
    ctx: CallContext,
  ): Promise<HttpAnswer> {
    const address = `${url}/api/v2/aws/${service}/`;
    const body = new URLSearchParams({ ...form, Version: VERSIONS[service] }).toString();
    const headers = signed({ url: address, body, service, at: new Date() }, key);
    return http.send({ method: "POST", url: address, headers, body, changes }, ctx);
  }

  return {
    async create(key, userName, ctx) {
      const answer = await ask("iam", key, { Action: "CreateAccessKey", UserName: userName }, true, ctx);
      if (codeOf(answer) === "NoSuchEntity") throw fault("ST614", describe("CreateAccessKey", answer));
      check("CreateAccessKey", answer);
      const [access] = valuesOf(answer, "AccessKeyId");
      const [secret] = valuesOf(answer, "SecretAccessKey");
      if (access === undefined || secret === undefined)
        throw fault("ST605", new Error("CreateAccessKey answered no key"));
      return { access, secret };
    },
    async list(key, userName, ctx) {
      const answer = await ask("iam", key, { Action: "ListAccessKeys", UserName: userName }, false, ctx);
      if (codeOf(answer) === "NoSuchEntity") return undefined;
      check("ListAccessKeys", answer);
      if (valuesOf(answer, "IsTruncated")[0] === "true")
        throw fault("ST605", new Error("ListAccessKeys was cut short"));
      return valuesOf(answer, "AccessKeyId");
    },
    async remove(key, userName, access, ctx) {
      const form = { Action: "DeleteAccessKey", UserName: userName, AccessKeyId: access };
      const answer = await ask("iam", key, form, true, ctx);
      if (codeOf(answer) !== "NoSuchEntity") check("DeleteAccessKey", answer);
    },
    isGood: async (key, ctx) => (await ask("sts", key, { Action: "GetCallerIdentity" }, false, ctx)).status === 200,
  };
}

/** `AuthFailure` also means "not implemented" there: never that a key is gone. */
function check(action: string, answer: HttpAnswer): void {
  if (answer.status === 200) return;
  const isRefused = answer.status === 401 || answer.status === 403 || codeOf(answer) === "AuthFailure";
  throw fault(isRefused ? "ST608" : "ST605", describe(action, answer));
}

function codeOf(answer: HttpAnswer): string | undefined {
  return answer.status === 200 ? undefined : valuesOf(answer, "Code")[0];
}

function describe(action: string, answer: HttpAnswer): Error {
  return new Error(`${action} answered ${answer.status} ${codeOf(answer) ?? ""}`.trimEnd());
}

/** What stands in all elements of this name. Ids and secrets hold nothing that XML would have to escape. */
function valuesOf({ text }: HttpAnswer, element: string): string[] {
  return Array.from(text.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, "g")), ([, value]) => value ?? "");
}
