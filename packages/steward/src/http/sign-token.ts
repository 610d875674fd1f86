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

/** An HS256 token for these claims, valid for 12 hours. The role goes where the server looks for it, in the words it looks for. */
export function signToken(
  secret: string,
  jwt: JwtConfig,
  { role, sub, username, email, name }: TokenClaims,
): Promise<string> {
  const [word] = role === "admin" ? jwt.adminRoles : jwt.readerRoles.filter((value) => value !== "*");
  const claims = { [jwt.roleClaim[0] ?? "role"]: nest(jwt.roleClaim.slice(1), word ?? role) };
  return new SignJWT({ ...claims, preferred_username: username, email, name })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime(`${HOURS}h`)
    .sign(new TextEncoder().encode(secret));
}

function nest(path: readonly string[], value: string): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}
