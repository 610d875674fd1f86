// Verifies access tokens: HS256 with a shared secret, or an identity provider's keys (JWKS). Says who asks, and in which role.
import { createSecretKey } from "node:crypto";
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from "jose";
import type { JwtConfig } from "../config/index.ts";
import { EngineError, StewardError } from "../errors/index.ts";

export type Role = "admin" | "reader";

/** What a verified token says. */
export interface Claims {
  readonly subject: string;
  readonly role: Role;
  /** When the token ends, in seconds since 1970. */
  readonly expiresAt: number;
  /** When it was made; undefined where it does not say, or names a time that is still to come. */
  readonly issuedAt: Date | undefined;
  readonly username: string | undefined;
  readonly email: string | undefined;
  readonly name: string | undefined;
}

/** Resolves to the claims of a token; ST101 when it is not valid, ST103 when that cannot be found out now. */
export type VerifyToken = (token: string) => Promise<Claims>;

const CLOCK_TOLERANCE_SECONDS = 5;
const LONGEST_TOKEN = 8_192;
const LONGEST_SUBJECT = 255;
/** Seconds since 1970 at the end of the year 9999. */
const LAST_SECOND = 253_402_300_799;
/** Only signatures with a private key: a token signed with the public key as if it were a secret is refused. */
const PROVIDER_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
const BEARER = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;

/** The token out of an Authorization header (or what a websocket sends in its place); ST101 when there is none. */
export function bearerToken(header: unknown): string {
  const token = typeof header === "string" && header.length <= LONGEST_TOKEN ? BEARER.exec(header)?.[1] : undefined;
  if (!token) throw new EngineError("ST101");
  return token;
}

/** `secret` is what HS256 tokens are signed with; undefined when the configuration names an identity provider. */
export function createTokenVerifier(jwt: JwtConfig, secret: string | undefined): VerifyToken {
  const verify = jwt.identityProvider ? providerVerifier(jwt.identityProvider) : secretVerifier(secret);
  return async (token) => {
    try {
      const { payload } = await verify(token);
      return readClaims(payload, jwt);
    } catch (error) {
      throw toStewardError(error);
    }
  };
}

type Verify = (token: string) => Promise<JWTVerifyResult>;

function secretVerifier(secret: string | undefined): Verify {
  if (!secret) throw new EngineError("ST801", { sentence: "JWT_SECRET or JWKS_URL must be set" });
  const key = createSecretKey(secret, "utf8");
  return (token) => jwtVerify(token, key, options({ algorithms: ["HS256"] }));
}

function providerVerifier({ jwksUrl, issuer, audience }: NonNullable<JwtConfig["identityProvider"]>): Verify {
  // An unknown key id makes it ask again, so that keys may rotate at any time; not more often than the cool-down.
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    cooldownDuration: 5_000,
    cacheMaxAge: 600_000,
    timeoutDuration: 5_000,
    [customFetch]: fetchKeys,
  });
  return (token) => jwtVerify(token, keys, options({ algorithms: PROVIDER_ALGORITHMS, issuer, audience }));
}

/** Here, so that no other error of checking a token is taken for the provider's. */
async function fetchKeys(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw new EngineError("ST103", { cause: error });
  }
}

function options(extra: JWTVerifyOptions): JWTVerifyOptions {
  return { clockTolerance: CLOCK_TOLERANCE_SECONDS, requiredClaims: ["exp"], ...extra };
}

function readClaims(payload: JWTPayload, jwt: JwtConfig): Claims {
  const role = readRole(payload, jwt);
  const sub = subjectOf(payload, jwt);
  const { exp, iat } = payload as Readonly<Record<string, unknown>>;
  if (!role || !isSubject(sub) || !isTime(exp) || !(iat === undefined || isTime(iat))) throw new EngineError("ST101");
  return {
    subject: sub,
    role,
    expiresAt: exp,
    issuedAt: iat === undefined || isStillToCome(iat) ? undefined : new Date(iat * 1000),
    username: text(payload["preferred_username"]),
    email: isUnverified(payload["email_verified"]) ? undefined : text(payload["email"]),
    name: text(payload["name"]),
  };
}

/** Anybody may claim an address; one that its provider knows to be only claimed must not keep its owner from it. Whatever is no yes is a no. */
function isUnverified(claim: unknown): boolean {
  const word = typeof claim === "string" ? claim.toLowerCase() : claim;
  return ![undefined, null, true, 1, "true", "1"].some((yes) => yes === word);
}

/** Postgres cannot store NUL, and lone surrogates reach it as one and the same character: two subjects would be one. */
function isSubject(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= LONGEST_SUBJECT && isStorable(value);
}

function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes("\0");
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= LAST_SECOND;
}

function isStillToCome(seconds: number): boolean {
  return seconds > Date.now() / 1000 + CLOCK_TOLERANCE_SECONDS;
}

/** In a claim of the application's own an id may be a number; sub is a text. */
function subjectOf(payload: JWTPayload, { subjectClaim }: JwtConfig): unknown {
  const value = claimAt(payload, subjectClaim);
  const isNumber = typeof value === "number" && Number.isSafeInteger(value) && subjectClaim.join(".") !== "sub";
  return isNumber ? String(value) : value;
}

function claimAt(payload: JWTPayload, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), payload);
}

function readRole(payload: JWTPayload, { roleClaim, adminRoles, readerRoles }: JwtConfig): Role | undefined {
  const value = claimAt(payload, roleClaim);
  const words = Array.isArray(value) ? value : [value];
  if (words.some((word) => adminRoles.includes(word))) return "admin";
  return readerRoles.includes("*") || words.some((word) => readerRoles.includes(word)) ? "reader" : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** A name, without what Postgres cannot store. */
function text(value: unknown): string | undefined {
  return (typeof value === "string" && value.toWellFormed().replaceAll("\0", "")) || undefined;
}

/** Whatever is wrong with the token, or with the one key that it names, is ST101; that the provider's keys cannot be had is not. */
function toStewardError(error: unknown): StewardError {
  if (error instanceof StewardError) return error;
  const isProviderDown = error instanceof errors.JOSEError && PROVIDER_DOWN.includes(error.code);
  return new EngineError(isProviderDown ? "ST103" : "ST101", { cause: error });
}

const PROVIDER_DOWN = ["ERR_JOSE_GENERIC", "ERR_JWKS_INVALID"];
