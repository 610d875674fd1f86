// What is compared: one plain DELETE, and the purge as a worker runs it, without the worker.
import type pg from "pg";
import { type PurgeIo, type PurgeProgress, purgeTable } from "steward/purge";
import { LARGE_USER } from "./table.ts";

/** Deletes the large user's rows up to the cut-off; returns how many. */
export type Method = (pool: pg.Pool, cutoff: string) => Promise<number>;

export const METHODS: Record<"plain" | "fast" | "gentle", Method> = {
  plain,
  fast: (pool, cutoff) => purge("fast", pool, cutoff),
  gentle: (pool, cutoff) => purge("gentle", pool, cutoff),
};

function plain(pool: pg.Pool, cutoff: string): Promise<number> {
  return inTransaction(pool, async (client) => {
    const { rowCount } = await client.query("delete from labels where user_id = $1 and id <= $2", [LARGE_USER, cutoff]);
    return rowCount ?? 0;
  });
}

async function purge(pace: "gentle" | "fast", pool: pg.Pool, cutoff: string): Promise<number> {
  const target = {
    tables: ["public.labels"],
    keyColumn: "user_id",
    keyQuery: null,
    cutoffColumn: "id",
    isIndexed: true,
    pace,
  };
  let before: PurgeProgress | undefined;
  for (;;) {
    const io: PurgeIo = {
      pool,
      before,
      signal: new AbortController().signal,
      transaction: (work) => inTransaction(pool, work),
      async saveProgress(db, progress) {
        before = progress;
        await db.query("update progress set done = $1", [progress.done]);
      },
    };
    const result = await purgeTable(target, LARGE_USER, cutoff, io);
    if (result.outcome === "done") return result.done;
  }
}

async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  } finally {
    client.release();
  }
}
