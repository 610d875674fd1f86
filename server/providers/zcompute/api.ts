// One request to zCompute: with the token, renewed once when refused; troubles that are not the caller's business are thrown.

import type { Token } from "../cloud-session.ts";
import { type CallContext, type Http, type HttpAnswer, ProviderTrouble, type TroubleCodes } from "../http.ts";
import { describe, fault } from "./answers.ts";
import type { ZComputeRegion } from "./config.ts";
import { createSession } from "./session.ts";

export const TROUBLE: TroubleCodes = {
  unreachable: "ST601",
  throttled: "ST602",
  unavailable: "ST603",
  late: "ST604",
  unreadable: "ST605",
};

/** An answer that the caller decides about: 2xx, 400, 404, 409. A 404 says nothing yet: see confirm.ts. */
export interface Reply {
  readonly ok: boolean;
  readonly status: number;
  readonly answer: HttpAnswer;
  /** The request and its answer in words, as the cause of an error. */
  readonly cause: Error;
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

export interface Api {
  /** `path` begins after /api/v2. Throws ProviderTrouble, ST605 to ST608. */
  call(method: Method, path: string, ctx: CallContext, body?: unknown): Promise<Reply>;
  /** A list as it is now. ST607 if there is none: a token that is dead may be answered with 404 on every address. */
  list(path: string, ctx: CallContext): Promise<HttpAnswer>;
  /** The same, but undefined for a 404 that a new token meets as well. */
  listIfThere(path: string, ctx: CallContext): Promise<HttpAnswer | undefined>;
  /** The account in which projects and users are. */
  domainId(ctx: CallContext): Promise<string>;
}

/** Speaks to zCompute in one region. */
export function createApi(region: ZComputeRegion, http: Http): Api {
  const session = createSession(region, http);

  function send(method: Method, path: string, token: Token, ctx: CallContext, body: unknown): Promise<HttpAnswer> {
    const headers: Record<string, string> = { accept: "application/json", "x-auth-token": token.value };
    if (body !== undefined) headers["content-type"] = "application/json";
    const text = body === undefined ? undefined : JSON.stringify(body);
    const url = `${region.url}/api/v2${path}`;
    return http.send({ method, url, headers, body: text, changes: method !== "GET" }, ctx);
  }

  /** Statuses in `refused` may come from a token that is dead: asked once more with a new one. */
  async function ask(
    method: Method,
    path: string,
    ctx: CallContext,
    body: unknown,
    refused: readonly number[],
  ): Promise<Reply> {
    const token = await session.token(ctx.signal);
    let answer = await send(method, path, token, ctx, body);
    if (refused.includes(answer.status))
      answer = await send(method, path, await session.renew(token, ctx.signal), ctx, body);
    const { status } = answer;
    const cause = describe(method, path, answer);
    if (status === 401) throw fault("ST607", cause);
    if (status === 403) throw fault("ST608", cause);
    const ok = status >= 200 && status < 300;
    if (!ok && ![400, 404, 409].includes(status)) throw fault("ST605", cause);
    return { ok, status, answer, cause };
  }

  async function listIfThere(path: string, ctx: CallContext): Promise<HttpAnswer | undefined> {
    const reply = await ask("GET", path, ctx, undefined, [401, 404]);
    if (reply.status === 404) return undefined;
    if (reply.status !== 200) throw fault("ST605", reply.cause);
    return reply.answer;
  }

  return {
    call: (method, path, ctx, body) => ask(method, path, ctx, body, [401]),
    listIfThere,
    async list(path, ctx) {
      const answer = await listIfThere(path, ctx);
      if (answer === undefined) throw fault("ST607", new Error(`GET ${path} answered 404`));
      return answer;
    },
    domainId: async (ctx) => (await session.token(ctx.signal)).domainId,
  };
}

/** True if the request may have been carried out without our hearing of it. */
export function isLost(error: unknown, ctx: CallContext): boolean {
  return error instanceof ProviderTrouble && error.mayHaveHappened && !ctx.signal.aborted;
}
