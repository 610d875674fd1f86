// Tokens for the API where no identity provider issues them.
import { SignJWT } from "jose";
import type { JwtConfig } from "../config/index.ts";
import type { Role } from "./tokens.ts";

const HOURS = 12;

export interface TokenClaims {
  readonly role: Role;
  readonly sub: string;
  readonly username?: string | undefined;
  readonly email?: string | undefined;
  readonly name?: string | undefined;
}

/** An HS256 token for these claims, valid for 12 hours. The subject and the role go where the server looks for them, the role in the words it looks for. */
export function signToken(
  secret: string,
  jwt: JwtConfig,
  { role, sub, username, email, name }: TokenClaims,
): Promise<string> {
  const [word] = role === "admin" ? jwt.adminRoles : jwt.readerRoles.filter((value) => value !== "*");
  const claims: Nested = {};
  put(claims, jwt.subjectClaim, sub);
  put(claims, jwt.roleClaim, word ?? role);
  return new SignJWT({ ...claims, preferred_username: username, email, name })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime(`${HOURS}h`)
    .sign(new TextEncoder().encode(secret));
}

interface Nested {
  [name: string]: Nested | string;
}

function put(into: Nested, [name = "", ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) {
    into[name] = value;
    return;
  }
  const inner = into[name];
  const next = typeof inner === "object" ? inner : {};
  into[name] = next;
  put(next, rest, value);
}
