// One request to Keystone: with the token, renewed once when refused; troubles that are not the caller's business are thrown.

import type { Token } from "../cloud-session.ts";
import { type CallContext, type Http, type HttpAnswer, ProviderTrouble, type TroubleCodes } from "../http.ts";
import { describe, fault, isOk, type Missing, missingOf } from "./answers.ts";
import { apiUrl, type OpenStackRegion } from "./config.ts";
import { createSession } from "./session.ts";

export const TROUBLE: TroubleCodes = {
  unreachable: "ST601",
  throttled: "ST602",
  unavailable: "ST603",
  late: "ST604",
  unreadable: "ST605",
};

/** An answer that the caller decides about: 2xx, 400, 409, and 404 when something asked for is truly missing. */
export interface Reply {
  readonly ok: boolean;
  readonly status: number;
  readonly answer: HttpAnswer;
  readonly missing: Missing | undefined;
  /** The request and its answer in words, as the cause of an error. */
  readonly cause: Error;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Keystone {
  /** `path` begins after /v3. Throws ProviderTrouble, ST605 to ST608. */
  call(method: Method, path: string, ctx: CallContext, body?: unknown): Promise<Reply>;
  /** The domain in which projects and users are made. */
  domainId(ctx: CallContext): Promise<string>;
}

/** Speaks to the Keystone of one region. */
export function createKeystone(region: OpenStackRegion, http: Http): Keystone {
  const session = createSession(region, http);
  const base = apiUrl(region.authUrl);

  async function send(
    method: Method,
    path: string,
    token: Token,
    ctx: CallContext,
    body: unknown,
  ): Promise<HttpAnswer> {
    const headers: Record<string, string> = { accept: "application/json", "x-auth-token": token.value };
    if (body !== undefined) headers["content-type"] = "application/json";
    const text = body === undefined ? undefined : JSON.stringify(body);
    const request = { method, url: base + path, headers, body: text, changes: method !== "GET" };
    try {
      return await http.send(request, ctx);
    } catch (error) {
      // A server that closes connections without saying so cuts requests that came a moment too late. Once more does no harm,
      // except for what makes something new each time.
      if (method === "POST" || !wasCut(error)) throw error;
      return http.send(request, ctx);
    }
  }

  async function call(method: Method, path: string, ctx: CallContext, body?: unknown): Promise<Reply> {
    const asked = `${path} ${JSON.stringify(body ?? "")}`;
    const token = await session.token(ctx.signal);
    let answer = await send(method, path, token, ctx, body);
    if (isTokenRefused(answer, asked)) {
      answer = await send(method, path, await session.renew(token, ctx.signal), ctx, body);
    }
    const cause = describe(method, path, answer);
    if (answer.status === 401) throw fault("ST606", cause);
    if (isTokenRefused(answer, asked)) throw fault("ST607", cause);
    if (answer.status === 403) throw fault("ST608", cause);
    const ok = isOk(answer);
    if (!ok && ![400, 404, 409].includes(answer.status)) throw fault("ST605", cause);
    return {
      ok,
      status: answer.status,
      answer,
      cause,
      missing: answer.status === 404 ? missingOf(answer, asked) : undefined,
    };
  }

  return { call, domainId: async (ctx) => (await session.token(ctx.signal)).domainId };
}

/** 401, and a 404 that names nothing we asked for: it may come from a dead token, and must not be taken for "already gone". */
function isTokenRefused(answer: HttpAnswer, asked: string): boolean {
  return answer.status === 401 || (answer.status === 404 && missingOf(answer, asked) === undefined);
}

const CUT = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

/** True if there was a connection, and it ended before the answer. */
function wasCut(error: unknown): boolean {
  if (!(error instanceof ProviderTrouble) || error.code !== TROUBLE.unreachable) return false;
  const network = error.cause instanceof Error ? error.cause.cause : undefined;
  return network instanceof Error && "code" in network && typeof network.code === "string" && CUT.has(network.code);
}
