// How GraphQL reaches Postgres: each query in a transaction in the role and with the claims of who asks.
import type pg from "pg";
import type { PgClient, PgClientQuery, PgClientResult, WithPgClient } from "postgraphile/@dataplan/pg";
import { queryScoped, type Settings, settle } from "./scoped-query.ts";
import { dropStatement, keepStatement } from "./statements.ts";

/** The setting that makes a transaction read only: one of Postgres. */
export const READ_ONLY = "transaction_read_only";

/** `pool` must have been made with `pipeline`. Whoever made it ends it. */
export function createWithPgClient(pool: pg.Pool): WithPgClient {
  return async (settings, callback) => {
    const client = await pool.connect();
    try {
      return await callback(settings === null ? unscopedClient(client) : scopedClient(client, settings));
    } finally {
      client.release();
    }
  };
}

/** Each query is a transaction, unless they are put into one. */
function scopedClient(client: pg.PoolClient, settings: Settings): PgClient {
  const role = settings["role"] ?? "";
  return {
    query: (query) => send(client, query, role, (config) => queryScoped(client, settings, config)),
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

/** As the login itself, which may do next to nothing: for reading the catalogue. */
function unscopedClient(client: pg.PoolClient): PgClient {
  return {
    query: (query) => send(client, query, "", (config) => client.query(config)),
    withTransaction: () => Promise.reject(new Error("a transaction needs settings, and one at a time")),
  };
}

/** The names that we are given are hashes as long as Postgres reads (63 bytes); the role must fit in too. */
const HASH_LENGTH = 40;

async function send<TData>(
  client: pg.PoolClient,
  { text, values, arrayMode, name }: PgClientQuery,
  role: string,
  run: (config: pg.QueryConfig) => Promise<pg.QueryResult>,
): Promise<PgClientResult<TData>> {
  // A plan made in one role is thrown away when another uses it, so each role has statements of its own.
  const statement = name === undefined ? undefined : `${name.slice(0, HASH_LENGTH)}_${role}`;
  const excess = statement === undefined ? undefined : keepStatement(client, statement);
  const config = {
    text,
    values,
    ...(statement !== undefined && { name: statement }),
    ...(arrayMode && { rowMode: "array" }),
  };
  const { rows, rowCount } = await run(config);
  if (excess !== undefined) dropStatement(client, excess);
  return { rows: rows as TData[], rowCount };
}
