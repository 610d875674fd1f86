// How GraphQL reaches Postgres: each query in a transaction in the role and with the claims of who asks.
import pg from "pg";
import type { PgClient, PgClientQuery, PgClientResult, WithPgClient } from "postgraphile/@dataplan/pg";
import { CONNECTIONS } from "../http/limits.ts";
import { ALTERED } from "../http/problems.ts";
import { createTurns } from "../http/turns.ts";
import type { Spend } from "./effort.ts";
import { queryScoped, type Settings, settle } from "./scoped-query.ts";
import { dropStatement, keepStatement } from "./statements.ts";

/** The setting that makes a transaction read only: one of Postgres. */
export const READ_ONLY = "transaction_read_only";

/** The span in which what a mutation writes belongs: the default of steward.runs.traceparent. */
export const TRACEPARENT = "steward.traceparent";

/** Of a request. */
export const STATEMENT_TIMEOUT_MS = 5_000;

/** Not one of Postgres: whose request it is. */
export const ASKER = "asker";

/** So many connections are worth as much as the one thread. */
const BESIDE_EACH_OTHER = 4;
/** Nobody has more than half of the connections, and two are left for logins. As many may wait as can subscribe. */
const SHARES = { atOnce: CONNECTIONS - 2, ofOne: CONNECTIONS / 2, waiting: 5_000 };

/** `pool` must have been made with `pipeline`. The caller ends it. */
export function createWithPgClient(pool: pg.Pool, spend: Spend): WithPgClient {
  const turns = createTurns(SHARES);
  return async (settings, callback) => {
    const { [ASKER]: asker = "", ...scope } = settings ?? {};
    const end = await turns.take(asker);
    const began = performance.now();
    let client: pg.PoolClient | undefined;
    try {
      client = await pool.connect();
      return await callback(settings === null ? unscopedClient(client) : scopedClient(client, scope));
    } finally {
      client?.release();
      end();
      spend(asker, (performance.now() - began) / BESIDE_EACH_OTHER);
    }
  };
}

/** Each query is a transaction, unless they are put into one. */
function scopedClient(client: pg.PoolClient, settings: Settings): PgClient {
  const role = settings["role"] ?? "";
  return {
    query: (query) => evenIfAltered(() => send(client, query, role, (config) => queryScoped(client, settings, config))),
    async withTransaction(callback) {
      await client.query("begin");
      try {
        await settle(client, settings);
        const result = await callback({
          ...unscopedClient(client),
          query: (query) => send(client, query, role, (config) => client.query(config)),
        });
        await client.query("commit");
        return result;
      } catch (error) {
        client.query("rollback").catch(() => undefined);
        throw error;
      }
    },
  };
}

/** What was altered meanwhile is known when it is done once more; the first time did nothing. */
function evenIfAltered<T>(query: () => Promise<T>): Promise<T> {
  return query().catch((error: unknown) => {
    if (error instanceof pg.DatabaseError && ALTERED.includes(error.code)) return query();
    throw error;
  });
}

/** As the login itself, which may do next to nothing: for reading the catalogue. */
function unscopedClient(client: pg.PoolClient): PgClient {
  return {
    query: (query) => send(client, query, "", (config) => client.query(config)),
    withTransaction: () => Promise.reject(new Error("a transaction needs settings, and one at a time")),
  };
}

/** The names that we are given are hashes as long as Postgres reads (63 bytes); something for the role, whose name may be as long, must fit in too. */
const HASH_LENGTH = 40;
const roleNumbers = new Map<string, number>();

function numberOf(role: string): number {
  const number = roleNumbers.get(role) ?? roleNumbers.size;
  roleNumbers.set(role, number);
  return number;
}

async function send<TData>(
  client: pg.PoolClient,
  { text, values, arrayMode, name }: PgClientQuery,
  role: string,
  run: (config: pg.QueryConfig) => Promise<pg.QueryResult>,
): Promise<PgClientResult<TData>> {
  // A plan made in one role is thrown away when another uses it, so each role has statements of its own.
  const statement = name === undefined ? undefined : `${name.slice(0, HASH_LENGTH)}_${numberOf(role)}`;
  const excess = statement === undefined ? [] : keepStatement(client, statement, text);
  const config = {
    text,
    values,
    ...(statement !== undefined && { name: statement }),
    ...(arrayMode && { rowMode: "array" }),
  };
  const { rows, rowCount } = await run(config);
  for (const unused of excess) dropStatement(client, unused);
  return { rows: rows as TData[], rowCount };
}
