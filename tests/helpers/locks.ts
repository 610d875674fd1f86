// Locks, as tests of what happens at the same moment need to see them.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";

/** Resolves as soon as somebody in this database waits for a lock. */
export async function untilBlocked(pool: pg.Pool): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const { rows } = await pool.query(
      "select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())",
    );
    const { rows: tuples } = await pool.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (rows.length + tuples.length > 0) return;
    await sleep(10);
  }
  throw new Error("nobody waits for a lock");
}
