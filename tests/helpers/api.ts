// A server on a database of its own, and what clients need to talk to it.
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { type ApiOptions, createApi } from "../../server/api.ts";
import { type Config, loadConfig } from "../../server/config.ts";
import { createDatabase, type TestDatabase } from "./database.ts";

/** What the servers of tests verify tokens with. */
export const SECRET = "a secret of the tests that is long enough to sign with";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- what a document asks for is only known where it is written
  readonly data: any;
  readonly errors: readonly {
    readonly message: string;
    readonly path?: unknown;
    readonly extensions: Readonly<Record<string, unknown>>;
  }[];
}

export interface TestApi {
  readonly url: string;
  readonly database: TestDatabase;
  readonly config: Config;
  /** Of the secrets at rest. */
  readonly encryptionKey: Buffer;
  /** Sends a document with a token (null: with none). */
  send(token: string | null, query: string, variables?: Readonly<Record<string, unknown>>): Promise<Answer>;
  close(): Promise<void>;
}

/** Environment variables on top of the tests' own; on a database of its own unless one is given, which then stays. */
export async function startApi(
  env: Readonly<Record<string, string>> = {},
  given?: TestDatabase,
  { isLocal = false, standIns = {} }: Pick<ApiOptions, "isLocal" | "standIns"> = {},
): Promise<TestApi> {
  const database = given ?? (await createDatabase());
  const config = loadConfig({
    NODE_ENV: "test",
    PORT: "0",
    DATABASE_URL: database.ownerUrl,
    API_DATABASE_URL: database.apiUrl,
    ...env,
  });
  const encryptionKey = randomBytes(32);
  const server = await createApi({
    config,
    encryptionKey,
    apiUrl: database.apiUrl,
    jwtSecret: config.jwt.identityProvider ? undefined : SECRET,
    isLocal,
    standIns,
  });
  const url = await server.listen();
  return {
    url,
    database,
    config,
    encryptionKey,
    send: (token, query, variables) => send(`${url}/graphql`, token, query, variables),
    async close() {
      await server.close();
      if (!given) await database.close();
    },
  };
}

async function send(
  url: string,
  token: string | null,
  query: string,
  variables?: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token !== null && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as Partial<Answer>;
  return { status: response.status, headers: response.headers, data, errors: errors ?? [] };
}

export interface TokenOptions {
  readonly secret?: string;
  /** From now; negative for a token that has ended. */
  readonly seconds?: number;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** A token as `npm run token` makes them. */
export function token(
  role: string,
  sub: string = randomUUID(),
  { secret = SECRET, seconds = 600, claims = {} }: TokenOptions = {},
): Promise<string> {
  return new SignJWT({ role, sub, ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
    .sign(new TextEncoder().encode(secret));
}

/** A token with claims in JSON, as no library would sign them. */
export async function signedJson(claims: Readonly<Record<string, string>>): Promise<string> {
  const all = { sub: `"${randomUUID()}"`, role: '"user"', exp: "2000000000", ...claims };
  const json = `{${Object.entries(all).map(([name, value]) => `"${name}":${value}`)}}`;
  const data = [JSON.stringify({ alg: "HS256" }), json]
    .map((part) => Buffer.from(part).toString("base64url"))
    .join(".");
  return `${data}.${createHmac("sha256", SECRET).update(data).digest("base64url")}`;
}
