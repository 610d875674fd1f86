// The drive's OCS v2 API: one call, its envelope, and who asks. Both the HTTP status and the number in the envelope count.

import type { StewardError } from "steward/errors";
import { z } from "zod";
import { AppError } from "../../errors.ts";
import type { CallContext, Http } from "../http.ts";

export interface Login {
  readonly user: string;
  readonly password: string;
}

export interface OcsRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below /ocs/v2.php, parts already encoded. */
  readonly path: string;
  readonly body?: Record<string, unknown>;
  readonly timeoutMs?: number;
}

export interface OcsAnswer {
  readonly http: number;
  /** `ocs.meta.statuscode`; 0 when the answer had no envelope. */
  readonly code: number;
  readonly message: string;
  readonly data: unknown;
}

export interface Ocs {
  /** Any answer that is an answer, good or bad, also 401: who may be wrong is for the caller to say. */
  call(login: Login, request: OcsRequest, ctx: CallContext): Promise<OcsAnswer>;
}

const Envelope = z.object({
  ocs: z.object({
    meta: z.object({ statuscode: z.number(), message: z.string().nullish() }),
    data: z.unknown(),
  }),
});

/** The Basic authorization header of a login. */
export function basicAuth(login: Login): string {
  return `Basic ${Buffer.from(`${login.user}:${login.password}`, "utf8").toString("base64")}`;
}

/** OCS calls to the drive at `baseUrl` (no slash at the end). */
export function createOcs(http: Http, baseUrl: string): Ocs {
  return {
    async call(login, { method, path, body, timeoutMs }, ctx) {
      const answer = await http.send(
        {
          method,
          url: `${baseUrl}/ocs/v2.php${path}?format=json`,
          headers: {
            "OCS-APIRequest": "true",
            Accept: "application/json",
            Authorization: basicAuth(login),
            ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          },
          body: body === undefined ? undefined : JSON.stringify(body),
          changes: method !== "GET",
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
        },
        ctx,
      );
      return read(answer.status, answer.text);
    },
  };
}

function read(http: number, text: string): OcsAnswer {
  const envelope = Envelope.safeParse(parseJson(text));
  if (!envelope.success) return { http, code: 0, message: "", data: undefined };
  const { meta, data } = envelope.data.ocs;
  return { http, code: meta.statuscode, message: meta.message ?? "", data };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** True for success (OCS v2 says 200 in both places). */
export function isOk(answer: OcsAnswer): boolean {
  return answer.http === 200 && answer.code === 200;
}

const MESSAGE_LENGTH = 200;

/** What the drive said, for the log: numbers and the head of its message, which never repeats what was sent as a secret. */
export function describe(call: string, answer: OcsAnswer): string {
  return `${call}: HTTP ${answer.http}, OCS ${answer.code} ${answer.message.slice(0, MESSAGE_LENGTH)}`.trimEnd();
}

/** The error for an answer that fits none of the known ones. */
export function unexpected(call: string, answer: OcsAnswer): StewardError {
  return new AppError("ST505", { cause: describe(call, answer) });
}
