// The user behind a token's subject: found, or made at the first login, and then remembered for a while.
import type pg from "pg";
import type { LogIn } from "steward/http/identity";
import type { Claims } from "steward/http/tokens";

const MOST_REMEMBERED = 10_000;
/** A user deleted elsewhere is still taken for one for so long; row security shows them nothing that is not theirs. */
const REMEMBERED_MS = 30_000;

export interface LogInOptions {
  readonly pool: pg.Pool;
  /** The first token of a subject makes its user. An operator's token, which carries no name, never does. */
  readonly makesUsers: boolean;
}

/** Users are found by `app_public.find_user`, and made by `app_public.log_in`. */
export function createLogIn({ pool, makesUsers }: LogInOptions): LogIn {
  const remembered = new Map<string, { readonly userId: string | undefined; readonly until: number }>();
  const asking = new Map<string, Promise<string | undefined>>();
  /** Once for all requests with the same claims that come at the same moment. */
  const askOnce = (claims: Claims) => {
    const key = JSON.stringify(claims);
    const others = asking.get(key);
    if (others) return others;
    const question = makesUsers && !isOperator(claims) ? findOrMake(claims) : find(claims);
    const answer = ask(pool, question).finally(() => asking.delete(key));
    asking.set(key, answer);
    return answer;
  };
  return async (claims) => {
    // Under a name of its own: an operator's token makes nobody, and another of the same subject may.
    const name = `${isOperator(claims) ? "operator" : "user"} ${claims.subject}`;
    const known = remembered.get(name);
    if (known && known.until > Date.now()) return known.userId;
    const userId = await askOnce(claims);
    remembered.delete(name);
    // Nobody: the token is from before its user was deleted, or makes none. A later one of the same subject may make them.
    if (userId === undefined && !isOperator(claims)) return undefined;
    remembered.set(name, { userId, until: Date.now() + REMEMBERED_MS });
    const [oldest] = remembered.keys();
    if (remembered.size > MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    return userId;
  };
}

function isOperator({ role, username, email }: Claims): boolean {
  return role === "admin" && username === undefined && email === undefined;
}

function find({ subject }: Claims): pg.QueryConfig {
  return { text: "select app_public.find_user($1) as id", values: [subject] };
}

function findOrMake({ subject, username, email, name, issuedAt }: Claims): pg.QueryConfig {
  return {
    text: "select app_public.log_in($1, $2, $3, $4, $5) as id",
    values: [subject, username, email, name, issuedAt],
  };
}

async function ask(pool: pg.Pool, question: pg.QueryConfig): Promise<string | undefined> {
  const client = await pool.connect();
  try {
    const [, , , { rows }] = await Promise.all([
      client.query("begin"),
      client.query("set local role steward_user"),
      client.query("set local statement_timeout = 5000"),
      client.query<{ id: string | null }>(question),
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
