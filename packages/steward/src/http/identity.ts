// From a request's token to who asks: the reader's id and the role that the database takes.
import type { RequestRoles } from "../graphql/application.ts";
import { bearerToken, type Claims, type Role, type VerifyToken } from "./tokens.ts";

export interface Identity {
  readonly subject: string;
  /** The reader whose rows they see, as the application knows them; undefined for a token that names none of its readers, such as an operator's. */
  readonly readerId: string | undefined;
  readonly role: Role;
  /** The address that the token names. */
  readonly email: string | undefined;
  /** In seconds since 1970. */
  readonly expiresAt: number;
}

/** Finds the reader behind a token, or makes one at the first login where tokens may do so; undefined when there is none. */
export type LogIn = (claims: Claims) => Promise<string | undefined>;

/** Resolves to who sends this Authorization header. ST101, ST103, or what the application refuses of the token. */
export type Authenticate = (header: unknown) => Promise<Identity>;

export function createAuthenticator(verify: VerifyToken, logIn: LogIn): Authenticate {
  return async (header) => {
    const claims = await verify(bearerToken(header));
    const { subject, role, email, expiresAt } = claims;
    return { subject, readerId: await logIn(claims), role, email, expiresAt };
  };
}

/** The settings of a request's transaction: its role, whose rows it sees, how long a statement may take. */
export function settingsOf(identity: Identity, roles: RequestRoles, timeoutMs: number): Record<string, string> {
  return {
    role: roles[identity.role],
    "jwt.claims.sub": identity.readerId ?? "",
    // For the audit, where the token names no reader.
    "jwt.claims.subject": identity.subject,
    "jwt.claims.role": identity.role,
    statement_timeout: String(timeoutMs),
  };
}
