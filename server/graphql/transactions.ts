// How GraphQL reaches Postgres: a transaction in the role and with the claims of who asks. Begin, settings and query leave together
// (pipelining) and a read does not wait for its commit, so that it costs one round trip instead of four.
import type pg from "pg";
import type { PgClient, PgClientQuery, PgClientResult, WithPgClient } from "postgraphile/@dataplan/pg";
import { dropStatement, keepStatement } from "./statements.ts";

/** The setting that makes a transaction read only: one of Postgres, sent with `begin`. */
export const READ_ONLY = "transaction_read_only";

const SETTINGS_QUERY =
  "select set_config(s.name, s.value, true) from unnest($1::text[], $2::text[]) as s (name, value)";

/** `pool` must have been made with `pipeline`. Whoever made it ends it. */
export function createWithPgClient(pool: pg.Pool): WithPgClient {
  return async (settings, callback) => {
    const client = await pool.connect();
    try {
      return settings === null
        ? await callback(clientFor(client, ""))
        : await inTransaction(client, settings, callback);
    } finally {
      client.release();
    }
  };
}

async function inTransaction<T>(
  client: pg.PoolClient,
  settings: Record<string, string | undefined>,
  callback: (client: PgClient) => T | Promise<T>,
): Promise<T> {
  const { [READ_ONLY]: readOnly, ...others } = settings;
  const begun = begin(client, readOnly === "on", others);
  try {
    // Were the settings refused, the transaction would be aborted, and every query in it fail.
    const result = await callback(clientFor(client, others["role"] ?? ""));
    const ended = client.query("commit");
    if (readOnly === "on") ignore(ended);
    else await Promise.all([begun, ended]);
    return result;
  } catch (error) {
    ignore(client.query("rollback"));
    await begun; // What went wrong first says more.
    throw error;
  }
}

function begin(
  client: pg.PoolClient,
  readOnly: boolean,
  settings: Record<string, string | undefined>,
): Promise<unknown> {
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined);
  const values = [entries.map(([name]) => name), entries.map(([, value]) => value)];
  const begun = Promise.all([
    client.query(readOnly ? "begin read only" : "begin"),
    client.query({ name: "settings", text: SETTINGS_QUERY, values }),
  ]);
  // Awaited later, or not at all: until then it must not count as unhandled.
  ignore(begun);
  return begun;
}

function ignore(promise: Promise<unknown>): void {
  promise.catch(() => undefined);
}

/** The names that we are given are longer hashes than Postgres reads (63 bytes); the role must fit in too. */
const HASH_LENGTH = 40;

/** A plan made in one role is thrown away when another uses it, so each role has statements of its own. */
function clientFor(client: pg.PoolClient, role: string): PgClient {
  return {
    async query<TData>({ text, values, arrayMode, name }: PgClientQuery): Promise<PgClientResult<TData>> {
      const statement = name === undefined ? undefined : `${name.slice(0, HASH_LENGTH)}_${role}`;
      const excess = statement === undefined ? undefined : keepStatement(client, statement);
      const { rows, rowCount } = await client.query({
        text,
        values,
        ...(statement !== undefined && { name: statement }),
        ...(arrayMode && { rowMode: "array" as const }),
      });
      if (excess !== undefined) dropStatement(client, excess);
      return { rows: rows as TData[], rowCount };
    },
    async withTransaction(callback) {
      await client.query("savepoint nested");
      try {
        const result = await callback(this);
        await client.query("release savepoint nested");
        return result;
      } catch (error) {
        await client.query("rollback to savepoint nested");
        throw error;
      }
    },
  };
}
