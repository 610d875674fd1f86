// When all units that were added are done.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";

/**
 * Resolves when the query finds nothing any more. It is asked only once all have begun: what counts or searches what is left, again
 * and again, takes its part of the processors from what is measured.
 */
export async function untilDone(pool: pg.Pool, left: string, haveBegun: () => boolean): Promise<void> {
  while (!haveBegun()) await sleep(5);
  while ((await pool.query(left)).rowCount !== 0) await sleep(5);
}
