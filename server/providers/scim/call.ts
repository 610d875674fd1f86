// One request to a SCIM service (RFC 7644) with our bearer token, and how its answers are read.
import type { StewardError } from "steward/errors";
import { z } from "zod";
import { AppError } from "../../errors.ts";
import type { CallContext, Http } from "../http.ts";
import { createLogin } from "../login.ts";

export interface ScimRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the base address, parts already encoded. */
  readonly path: string;
  readonly body?: Record<string, unknown>;
  /** Of the resource that is changed: the service refuses (412) if it has another by now. */
  readonly version?: string | undefined;
}

export interface ScimAnswer {
  readonly http: number;
  /** Parsed; undefined if it is not JSON. */
  readonly body: unknown;
  /** Empty, or JSON. A gateway's page, such as one to sign in, comes with 200 too. */
  readonly isReadable: boolean;
  /** What it says of itself when it is SCIM's form of an error. */
  readonly error: { readonly scimType: string; readonly detail: string } | undefined;
}

/** Any answer that is an answer. Throws ProviderTrouble, ST506, ST513. */
export type ScimCall = (request: ScimRequest, ctx: CallContext) => Promise<ScimAnswer>;

const ErrorBody = z.object({
  schemas: z.array(z.string()).refine((names) => names.includes("urn:ietf:params:scim:api:messages:2.0:Error")),
  scimType: z.string().nullish(),
  detail: z.string().nullish(),
});
const MEDIA_TYPE = "application/scim+json";

/** Calls to the service at `baseUrl` (no slash at the end). */
export function createCall(http: Http, baseUrl: string, token: string): ScimCall {
  const asAdministrator = createLogin<ScimAnswer>(describe);

  async function send({ method, path, body, version }: ScimRequest, ctx: CallContext): Promise<ScimAnswer> {
    const answer = await http.send(
      {
        method,
        url: baseUrl + path,
        headers: {
          accept: MEDIA_TYPE,
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { "content-type": MEDIA_TYPE }),
          ...(version !== undefined && { "if-match": version }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        changes: method !== "GET",
      },
      ctx,
    );
    const parsed = parseJson(answer.text);
    const error = ErrorBody.safeParse(parsed).data;
    return {
      http: answer.status,
      body: parsed,
      isReadable: answer.text === "" || parsed !== undefined,
      error: error && { scimType: error.scimType ?? "", detail: error.detail ?? "" },
    };
  }

  return (request, ctx) => asAdministrator(request.method, ctx.signal, () => send(request, ctx));
}

export function isOk({ http, isReadable }: ScimAnswer): boolean {
  return http >= 200 && http < 300 && isReadable;
}

/** A 404 in other words than SCIM's is a wrong address, or a gateway's, and says nothing about a user. */
export function isGone({ http, error }: ScimAnswer): boolean {
  return http === 404 && error !== undefined;
}

/** A success's body in the shape it must have. ST505 if it is none, or has not. */
export function read<T>(schema: z.ZodType<T>, what: string, answer: ScimAnswer): T {
  const parsed = schema.safeParse(answer.body);
  if (isOk(answer) && parsed.success) return parsed.data;
  throw unexpected(what, answer);
}

const DETAIL_LENGTH = 200;

/** What the service said, for the log. */
export function describe(what: string, { http, error }: ScimAnswer): string {
  return `${what}: HTTP ${http} ${error?.scimType ?? ""} ${error?.detail.slice(0, DETAIL_LENGTH) ?? ""}`.trimEnd();
}

/** The error for an answer that fits none of the known ones. */
export function unexpected(what: string, answer: ScimAnswer): StewardError {
  return new AppError("ST505", { cause: describe(what, answer) });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
