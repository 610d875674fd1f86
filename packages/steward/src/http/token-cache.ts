// Remembers tokens that were found valid: whoever polls sends the same one each time, and checking a signature costs more than answering.
import { hash } from "node:crypto";
import type { Claims, VerifyToken } from "./tokens.ts";

const MOST = 10_000;
/** A key that is withdrawn counts for nothing after this time. */
const REMEMBERED_MS = 10_000;

/** `verify`, asked at most every 10 s for one token, and never trusted beyond the token's end. Refusals are not remembered. */
export function rememberTokens(verify: VerifyToken): VerifyToken {
  const known = new Map<string, { readonly claims: Claims; readonly until: number }>();
  return async (token) => {
    const key = hash("sha256", token, "base64");
    const entry = known.get(key);
    if (entry && entry.until > Date.now()) return entry.claims;
    const claims = await verify(token);
    known.delete(key);
    known.set(key, { claims, until: Math.min(Date.now() + REMEMBERED_MS, claims.expiresAt * 1000) });
    const [oldest] = known.keys();
    if (known.size > MOST && oldest !== undefined) known.delete(oldest);
    return claims;
  };
}
