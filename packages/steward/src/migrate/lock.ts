// One migration at a time per database, held for the session.
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";

// Any fixed number will do that nobody else takes: "STEWARD" in ASCII.
const LOCK = "23455079860359748";
const POLL_MS = 50;

/** Runs `work` while holding the lock. Asks again and again rather than waiting inside Postgres: a waiting statement keeps a snapshot, and `create index concurrently` of the holder would wait for it. */
export async function withLock<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  while (!(await tryLock(client))) await delay(POLL_MS * (0.5 + Math.random()));
  try {
    return await work();
  } finally {
    // Closing the session would release it too; a failure here must not hide the failure of the work.
    await client.query("select pg_advisory_unlock($1)", [LOCK]).catch(() => undefined);
  }
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>("select pg_try_advisory_lock($1) as held", [LOCK]);
  return rows[0]?.held === true;
}
