// A stand-in for zCompute, for tests: it speaks the shapes that others have published, with their traps. It shows that Steward copes with
// these shapes, not that zCompute has them.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Answer, Refusal } from "./answers.ts";
import { createTokens } from "./auth.ts";
import { createAws } from "./aws.ts";
import { createIdentity } from "./identity.ts";
import { createStore, type Key, newId, type Store } from "./store.ts";
import { createTraps, type TrapControl } from "./traps.ts";

export interface Received {
  readonly method: string;
  /** Without /api/v2. */
  readonly path: string;
  readonly text: string;
}

export interface ZComputeStandIn {
  readonly url: string;
  readonly account: string;
  readonly username: string;
  readonly password: string;
  /** A project to sign in to. */
  readonly project: string;
  /** In base32. */
  readonly totpSecret: string;
  readonly store: Store;
  readonly traps: TrapControl;
  /** All that was asked so far. */
  readonly received: Received[];
  /** An administrator's access key of a project. */
  makeKey(projectId: string): Key;
  forgetTokens(): void;
  close(): Promise<void>;
}

const ACCOUNT = "acme";
const OPERATOR = "steward-service";
const PROJECT = "default";
/** `12345678901234567890`, the secret of RFC 6238's examples. */
const TOTP_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

export async function startZCompute(): Promise<ZComputeStandIn> {
  const store = createStore();
  const password = randomBytes(18).toString("base64url");
  const operator = store.addUser({ name: OPERATOR, password });
  store.addProject({ name: PROJECT });
  const traps = createTraps();
  const tokens = createTokens(store, ACCOUNT, Buffer.from("12345678901234567890"), traps);
  const [identity, aws] = [createIdentity(store, traps), createAws(store)];
  const received: Received[] = [];

  function answer(request: IncomingMessage, url: URL, path: string, text: string): Answer {
    if (path.startsWith("/aws/")) return aws({ path: url.pathname, host: url.host, text, headers: request.headers });
    const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
    if (path === "/identity/auth") return tokens.signIn(body, request.headers["openstack-auth-receipt"]?.toString());
    tokens.check(request.headers["x-auth-token"]?.toString());
    return identity({ method: request.method ?? "", path, query: url.searchParams, body });
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = (await request.toArray()).join("");
    const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
    const path = url.pathname.replace(/^\/api\/v2/, "");
    const method = request.method ?? "";
    received.push({ method, path: path + url.search, text });
    const fault = traps.take(method, path);
    const kind = fault?.kind;
    if (kind === "drop") return void request.socket.destroy();
    if (kind === "throttle")
      return send(response, { status: 429, body: { message: "slow down" }, headers: { "retry-after": "7" } });
    if (kind === "forget") return send(response, { status: 200, body: { message: "done" } });
    if (typeof kind === "number") return send(response, { status: kind, body: { description: "trouble" } });
    const answered = attempt(() => answer(request, url, path, text));
    if (kind === "cut") return void request.socket.destroy();
    send(response, answered);
  }

  const server = createServer((request, response) => void handle(request, response).catch(() => response.destroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    account: ACCOUNT,
    username: OPERATOR,
    password,
    project: PROJECT,
    totpSecret: TOTP_SECRET,
    store,
    traps,
    received,
    makeKey(projectId) {
      const key = { access: newId(), secret: newId(), userId: operator.id, projectId };
      store.keys.push(key);
      return key;
    },
    forgetTokens: () => tokens.forget(),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function attempt(work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { ...(status === 204 ? {} : { "content-type": "application/json" }), ...headers });
  response.end(typeof body === "string" || body === undefined ? body : JSON.stringify(body));
}
