// The user behind a token's subject: found, or made at the first login, and then remembered for a while.
import type pg from "pg";
import { type LogIn, userIdOf } from "./identity.ts";
import type { Claims } from "./tokens.ts";

const MOST_REMEMBERED = 10_000;
/** A user deleted elsewhere is still taken for one for so long; row security shows them nothing that is not theirs. */
const REMEMBERED_MS = 30_000;

/** Users are found or made by `app_public.log_in`. An operator's token that carries no name is no user's. */
export function createLogIn(pool: pg.Pool): LogIn {
  const remembered = new Map<string, { readonly userId: string; readonly until: number }>();
  return async (claims) => {
    if (isOperator(claims)) return userIdOf(claims);
    const known = remembered.get(claims.subject);
    if (known && known.until > Date.now()) return known.userId;
    const userId = await findOrMake(pool, claims);
    remembered.delete(claims.subject);
    // Nobody: the token is from before its user was deleted. A later one of the same subject makes them anew.
    if (userId === undefined) return undefined;
    remembered.set(claims.subject, { userId, until: Date.now() + REMEMBERED_MS });
    const [oldest] = remembered.keys();
    if (remembered.size > MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    return userId;
  };
}

function isOperator({ role, username, email }: Claims): boolean {
  return role === "admin" && username === undefined && email === undefined;
}

async function findOrMake(
  pool: pg.Pool,
  { subject, username, email, name, issuedAt }: Claims,
): Promise<string | undefined> {
  const client = await pool.connect();
  try {
    const [, , , { rows }] = await Promise.all([
      client.query("begin"),
      client.query("set local role steward_user"),
      client.query("set local statement_timeout = 5000"),
      client.query<{ id: string | null }>("select app_public.log_in($1, $2, $3, $4, $5) as id", [
        subject,
        username,
        email,
        name,
        issuedAt,
      ]),
      client.query("commit"),
    ]);
    return rows[0]?.id ?? undefined;
  } catch (error) {
    client.query("rollback").catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}
