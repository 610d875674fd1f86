// The OCS envelope: v2 says in HTTP what went wrong, v1 says 200 to nearly everything; JSON when asked for, XML otherwise.

import { escapeXml, type Reply, type Request } from "./message.ts";

export interface OcsResult {
  /** The OCS number in v2's counting; 200 is success. */
  readonly code: number;
  /** v2's HTTP status. */
  readonly http: number;
  readonly message?: string;
  readonly data?: unknown;
}

/** Success with data. */
export function ok(data: unknown = []): OcsResult {
  return { code: 200, http: 200, message: "OK", data };
}

/** A refusal of what was sent. */
export function refuse(code: number, message: string): OcsResult {
  return { code, http: 400, message };
}

export const UNAUTHORISED: OcsResult = { code: 997, http: 401, message: "Current user is not logged in" };
export const NOT_ADMIN: OcsResult = { code: 403, http: 403, message: "Logged in account must be at least a sub admin" };
export const UNKNOWN: OcsResult = { code: 998, http: 404, message: "" };

/** The reply in the version (path) and format (query) that were asked for. */
export function envelope(request: Request, result: OcsResult): Reply {
  const isV1 = request.path.startsWith("/ocs/v1.php");
  const statuscode = isV1 && result.code === 200 ? 100 : result.code;
  const status = isV1 && result.http !== 401 && result.http !== 503 ? 200 : result.http;
  const meta = { status: result.code === 200 ? "ok" : "failure", statuscode, message: result.message ?? "" };
  const extra: Record<string, string> =
    result.http === 401 ? { "WWW-Authenticate": 'Basic realm="Authorisation Required"' } : {};
  if (request.query.get("format") === "json") {
    const body = JSON.stringify({ ocs: { meta, data: result.data ?? [] } });
    return { status, headers: { "Content-Type": "application/json; charset=utf-8", ...extra }, body };
  }
  const fields = Object.entries(meta).map(([key, value]) => `<${key}>${escapeXml(String(value))}</${key}>`);
  const body = `<?xml version="1.0"?>\n<ocs><meta>${fields.join("")}</meta><data/></ocs>\n`;
  return { status, headers: { "Content-Type": "text/xml; charset=UTF-8", ...extra }, body };
}
