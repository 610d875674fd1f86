// How both providers are called: a bounded number of calls at once, each with a timeout, an abort signal and a bounded answer,
// and trouble that is not the step's fault (no connection, 429, 502, 503, 504, no answer) told apart from real answers.

import { StewardError } from "steward/errors";
import { createLimit } from "steward/limit";
import { inSpan, traceHeaders } from "steward/traces";
import { VERSION } from "steward/version";
import { fetch, type Headers, type Response } from "undici";
import { AppError, type AppErrorCode } from "../errors.ts";
import { connections, guarded } from "./dispatch.ts";

/** What every provider call is given by whoever runs the step. */
export interface CallContext {
  /** Aborts on timeout, shutdown or a lost lease. Its reason is what the call then throws. */
  readonly signal: AbortSignal;
  /** Throws when this attempt may no longer change anything. Called before each request that changes something, and as it goes out. */
  readonly guard: () => void;
  /** Told when an answer took long: a provider that is given too much at once answers late before it answers too late. */
  readonly noteSlow?: () => void;
}

/** Which errors of the registry a provider's troubles are; all but `unreadable` should be ones that are waited for. */
export interface TroubleCodes {
  readonly unreachable: AppErrorCode;
  readonly throttled: AppErrorCode;
  readonly unavailable: AppErrorCode;
  readonly late: AppErrorCode;
  readonly unreadable: AppErrorCode;
}

export interface HttpOptions {
  readonly codes: TroubleCodes;
  /** Requests at once in this process. Default 16. */
  readonly maxInFlight?: number | undefined;
  /** For one request with its answer. Default 30 s. */
  readonly timeoutMs?: number | undefined;
  /** Certificates in PEM of authorities to trust besides the usual ones. */
  readonly ca?: string | undefined;
  /** Longest answer that is read. Default 4 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** How long to wait after a 429 that does not say. Default: left to the engine. */
  readonly throttledMs?: number | undefined;
  /** Looks at an answer before 429, 502, 503 and 504 are taken for trouble: an error to throw instead, or undefined. */
  readonly refine?: ((answer: HttpAnswer) => StewardError | undefined) | undefined;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | undefined;
  /** Whether it changes anything at the provider; then `guard` is asked before, and as it goes out. */
  readonly changes: boolean;
  readonly timeoutMs?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Http {
  /** What one request may take, unless it says otherwise. */
  readonly timeoutMs: number;
  /** Any status but 429, 502, 503 and 504 is an answer. Throws ProviderTrouble, what `guard` throws, or the signal's reason. */
  send(request: HttpRequest, ctx: CallContext): Promise<HttpAnswer>;
}

/** The provider could not be asked, or did not answer properly. */
export class ProviderTrouble extends AppError {
  /** Whether the request may have been carried out all the same: then look before making anything again. */
  readonly mayHaveHappened: boolean;

  constructor(
    code: AppErrorCode,
    mayHaveHappened: boolean,
    details: { cause?: unknown; retryAfterMs?: number | undefined },
  ) {
    super(
      code,
      details.retryAfterMs === undefined
        ? { cause: details.cause }
        : { cause: details.cause, retryAfterMs: details.retryAfterMs },
    );
    this.mayHaveHappened = mayHaveHappened;
  }
}

/** So that who reads the provider's log knows who asks. */
const USER_AGENT = `Steward/${VERSION}`;

/** Makes the one way to call a provider; all its users share the bound on calls at once. */
export function createHttp(options: HttpOptions): Http {
  const { codes, timeoutMs = 30_000, maxBodyBytes = 4 * 1024 * 1024 } = options;
  const limit = createLimit(options.maxInFlight ?? 16);
  const dispatcher = connections(options.ca);

  async function exchange(request: HttpRequest, ctx: CallContext): Promise<HttpAnswer> {
    let refusal: Error | undefined;
    const guard = () => {
      try {
        ctx.guard();
      } catch (error) {
        refusal = error as Error;
        throw error;
      }
    };
    if (request.changes) guard();
    const allowedMs = request.timeoutMs ?? timeoutMs;
    const timeout = AbortSignal.timeout(allowedMs);
    const sentAt = performance.now();
    try {
      const response = await fetch(request.url, {
        method: request.method,
        headers: { "user-agent": USER_AGENT, ...traceHeaders(), ...request.headers },
        body: request.body ?? null,
        redirect: "manual", // credentials go to the configured address only
        signal: AbortSignal.any([ctx.signal, timeout]),
        dispatcher: request.changes ? guarded(dispatcher, guard) : dispatcher,
      });
      const text = await readBounded(response, maxBodyBytes);
      if (performance.now() - sentAt > allowedMs * SLOW_PART) ctx.noteSlow?.();
      if (text === undefined)
        throw new ProviderTrouble(codes.unreadable, request.changes, { cause: "the answer is too long" });
      return { status: response.status, headers: response.headers, text };
    } catch (error) {
      if (ctx.signal.aborted) throw ctx.signal.reason;
      if (error instanceof StewardError) throw error;
      if (refusal !== undefined) throw refusal;
      if (timeout.aborted) throw new ProviderTrouble(codes.late, request.changes, { cause: error });
      throw new ProviderTrouble(codes.unreachable, request.changes && !neverSent(error), { cause: error });
    }
  }

  function checkTrouble(answer: HttpAnswer, changes: boolean): void {
    const refined = options.refine?.(answer);
    if (refined !== undefined) throw refined;
    const { status } = answer;
    const cause = `HTTP ${status}`;
    const retryAfterMs = retryAfter(answer.headers);
    if (status === 429) {
      throw new ProviderTrouble(codes.throttled, false, { cause, retryAfterMs: retryAfterMs ?? options.throttledMs });
    }
    // A gateway's 502 or 504 says nothing about what happened behind it; a 503 is a refusal.
    if (status === 502 || status === 504)
      throw new ProviderTrouble(codes.unavailable, changes, { cause, retryAfterMs });
    if (status === 503) throw new ProviderTrouble(codes.unavailable, false, { cause, retryAfterMs });
  }

  return {
    timeoutMs,
    send: (request, ctx) =>
      limit(ctx.signal, () =>
        inSpan(request.method, { kind: "CLIENT" }, async (span) => {
          // Not the whole address: paths at providers hold people's names.
          span?.setAttributes({ "http.request.method": request.method, "server.address": new URL(request.url).host });
          const answer = await exchange(request, ctx);
          span?.setAttribute("http.response.status_code", answer.status);
          checkTrouble(answer, request.changes);
          return answer;
        }),
      ),
  };
}

/** The text of an answer, or undefined if it is longer than `maxBytes` (the rest is not read). */
async function readBounded(response: Response, maxBytes: number): Promise<string | undefined> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.byteLength;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Of the time that a request may take. */
const SLOW_PART = 0.5;

const NEVER_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** True if no connection was made, so that the request cannot have been carried out. */
function neverSent(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  if (typeof cause !== "object" || cause === null || !("code" in cause)) return false;
  return typeof cause.code === "string" && NEVER_SENT.has(cause.code);
}

const LONGEST_WAIT_MS = 60 * 60 * 1000;

/**
 * Milliseconds of a Retry-After header (seconds or a date; at most an hour), undefined without a usable one: what asks for no wait at
 * all, such as a date that has passed, would have us ask again at once and without end. A date is the provider's time, and so is what
 * it is counted from.
 */
export function retryAfter(headers: Pick<Headers, "get">): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (!value) return undefined;
  const now = Date.parse(headers.get("date") ?? "");
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, LONGEST_WAIT_MS) : undefined;
}
