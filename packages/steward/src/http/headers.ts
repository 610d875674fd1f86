// The headers of every answer that no browser is to show as a page; pages have all of helmet's.
import type { StewardError } from "../errors/index.ts";

export const API_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

/** Of an answer that is an error. */
export function errorHeaders(requestId: string, { code, retryAfterMs }: StewardError): Record<string, string> {
  return {
    ...API_HEADERS,
    "content-type": "application/json; charset=utf-8",
    "x-request-id": requestId,
    ...(code === "ST101" && { "www-authenticate": 'Bearer realm="steward", error="invalid_token"' }),
    ...(retryAfterMs !== undefined && { "retry-after": String(Math.ceil(retryAfterMs / 1000)) }),
  };
}
