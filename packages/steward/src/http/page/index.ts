// The console at /: its files, what it must know before anybody has signed in, and on a local start a token.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { EngineError } from "../../errors/index.ts";
import { OWN_PAGE, type PageFile, type PageSource, readPage } from "./files.ts";
import type { OpenId } from "./open-id.ts";
import { isLoopback, isOfSamePerson } from "./same-person.ts";

/** Where its own views are; each is the same page. */
const VIEWS = ["runs", "lanes", "lifecycles", "workers", "audit", "me"];

const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Nothing from elsewhere, nothing inline; codes are exchanged for tokens at the identity provider. */
function policyFor(openId: OpenId | undefined): string {
  const provider = openId === undefined ? "" : ` ${new URL(openId.tokenEndpoint).origin}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self'${provider}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

export interface PageOptions {
  /** The console with views of an application; the engine's own unless said. */
  readonly page?: PageSource & {
    /** Where the views are: first parts of their addresses. */
    readonly paths: readonly string[];
    /** What its views are told, whoever asks. */
    readonly settings?: Readonly<Record<string, unknown>>;
  };
  /** Signs an administrator's token for a browser of the same person on this machine; undefined: nobody is given one. */
  readonly signForLocal: (() => Promise<string>) | undefined;
  /** Where people sign in; resolves to undefined where they cannot. */
  readonly openId: () => Promise<OpenId | undefined>;
  /** Whether there is GraphiQL. */
  readonly graphiql: boolean;
}

export function addPage(app: FastifyInstance, { page, signForLocal, openId, graphiql }: PageOptions): void {
  let reading: ReturnType<typeof readPage> | undefined;
  const files = () =>
    (reading ??= readPage(page ?? OWN_PAGE).catch((error: unknown) => {
      reading = undefined;
      throw error;
    }));
  const serve = async (path: string, request: FastifyRequest, reply: FastifyReply) => {
    const file = (await files()).get(path);
    if (!file) throw new EngineError("ST110");
    if (path === "/index.html") reply.header("content-security-policy", policyFor(await openId()));
    return sendFile(file, request, reply);
  };
  const options = { helmet: false } as const;
  for (const view of [...VIEWS, ...(page?.paths ?? [])])
    for (const path of [`/${view}`, `/${view}/*`])
      app.get(path, options, (request, reply) => serve("/index.html", request, reply));
  app.get("/", options, (request, reply) => serve("/index.html", request, reply));
  for (const script of ["/theme.js", "/graphiql.js"])
    app.get(script, options, (request, reply) => serve(script, request, reply));
  app.get<{ Params: { "*": string } }>("/assets/*", options, (request, reply) =>
    serve(`/assets/${request.params["*"]}`, request, reply),
  );
  app.get("/console/settings", { helmet: false }, async () => ({
    openId: await openId(),
    signsIn: signForLocal !== undefined,
    graphiql,
    application: page?.settings ?? {},
  }));
  app.post("/console/token", { helmet: false }, async (request) => {
    if (!signForLocal || !isOwnBrowser(request)) throw new EngineError("ST110");
    return { token: await signForLocal() };
  });
}

function sendFile(file: PageFile, { headers }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { type, etag, plain, br, gzip, isImmutable } = file;
  reply.headers({
    ...HEADERS,
    etag,
    vary: "accept, accept-encoding", // views and the status API have the same addresses
    "cache-control": isImmutable ? "public, max-age=31536000, immutable" : "no-cache",
  });
  if (headers["if-none-match"]?.includes(etag)) return reply.code(304).send();
  const accepted = headers["accept-encoding"]?.toString() ?? "";
  reply.type(type);
  if (/\bbr\b/.test(accepted)) return reply.header("content-encoding", "br").send(br);
  if (/\bgzip\b/.test(accepted)) return reply.header("content-encoding", "gzip").send(gzip);
  return reply.send(plain);
}

/**
 * A page of this server in a browser that the same person runs on this machine. Host keeps out names that somebody points here, Origin
 * and Sec-Fetch-Site pages of others; a proxy is another's process, or says on whose behalf it asks.
 */
function isOwnBrowser({ headers, raw }: FastifyRequest): boolean {
  const { host = "", origin, forwarded, via } = headers;
  return (
    isLoopback(host.replace(/:\d+$/, "")) &&
    origin === `http://${host}` &&
    headers["sec-fetch-site"] === "same-origin" &&
    forwarded === undefined &&
    via === undefined &&
    headers["x-forwarded-for"] === undefined &&
    isOfSamePerson(raw.socket)
  );
}
