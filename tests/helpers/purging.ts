// A table of labels of a user who is gone and of another, and its purge as a worker runs it.
import type { Pool, PoolClient, QueryResult } from "pg";
import { createOwnerPool } from "steward/pools";
import { type PurgeIo, type PurgeProgress, type PurgeResult, type PurgeTarget, purgeTable } from "steward/purge";
import type { Test } from "uvu";
import { createDatabase, type TestDatabase } from "./database.ts";

const TARGET: PurgeTarget = {
  tables: ["app_public.labels"],
  keyColumn: "user_id",
  keyQuery: null,
  cutoffColumn: "id",
  isIndexed: true,
  pace: "fast",
};
export const GONE = "11111111-1111-4111-8111-111111111111";
export const OTHER = "22222222-2222-4222-8222-222222222222";
let database: TestDatabase;
/** The purge's own connections. */
export let pool: Pool;

/** Gives a suite a database, and each of its tests an empty table. */
export function openTable(test: Test): void {
  test.before(async () => {
    database = await createDatabase();
    pool = createOwnerPool({ connectionString: database.ownerUrl, applicationName: "purge" });
  });
  test.after(async () => {
    await pool.end();
    await database.close();
  });
  test.before.each(async () => {
    await query("truncate app_public.labels");
  });
}

/** As somebody else. */
export function query(text: string, values?: unknown[]): Promise<QueryResult> {
  return database.pool.query(text, values);
}

export function connect(): Promise<PoolClient> {
  return database.pool.connect();
}

interface Options
  extends Partial<Pick<PurgeTarget, "tables">>,
    Partial<Pick<PurgeIo, "pool" | "transaction" | "before" | "signal" | "budgetMs">> {
  readonly cutoff?: string;
  readonly pace?: PurgeTarget["pace"];
  /** Called in each batch's transaction. */
  readonly onBatch?: (progress: PurgeProgress) => Promise<void> | void;
}

export function purge({
  cutoff,
  tables = TARGET.tables,
  pace = "fast",
  onBatch,
  ...options
}: Options = {}): Promise<PurgeResult> {
  const io: PurgeIo = {
    pool,
    transaction,
    signal: new AbortController().signal,
    saveProgress: async (_db, progress) => onBatch?.(progress),
    ...options,
  };
  return purgeTable({ ...TARGET, tables, pace }, GONE, cutoff ?? String(Number.MAX_SAFE_INTEGER), io);
}

export async function transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

/** Labels of the user who is gone, one in `every`; the rest are another user's. */
export async function fill(rows: number, every: number): Promise<void> {
  await query(
    `insert into app_public.labels (user_id, label_key, label_value)
     select (case when n % $2 = 0 then $3 else $4 end)::uuid, 'key', n from generate_series(1, $1) n`,
    [rows, every, GONE, OTHER],
  );
  await query("analyze app_public.labels");
}

export async function count(userId: string): Promise<number> {
  const { rows } = await query("select count(*)::int from app_public.labels where user_id = $1", [userId]);
  return rows[0].count;
}

/** The pool, with a word said before each query. */
export function reading(before: (text: string) => void): PurgeIo["pool"] {
  return {
    connect: async () => {
      const client = await pool.connect();
      const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
      const told = async (...args: unknown[]) => {
        before(String(args[0]));
        return query(...args);
      };
      return Object.create(client, { query: { value: told } });
    },
  };
}

/** Whether the purge waits for those who are writing. */
export async function looksForWriters(): Promise<boolean> {
  const { rows } = await query(
    `select from pg_stat_activity
     where application_name = 'purge' and query like '%pg_snapshot_xmin%' and datname = current_database()`,
  );
  return rows.length > 0;
}
