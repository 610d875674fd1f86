// Opens the connections that a pool keeps, and has each make the plans of beginning and ending a step: on a new connection the
// first step takes tens of milliseconds longer, and what comes meanwhile waits behind it.
import type pg from "pg";
import { impatient } from "./connection.ts";

/** Nothing begins and nothing ends. */
const PLAN = `
select
  (select count(*) from steward_private.begin_jobs('{}', $1)),
  (select count(*) from steward_private.begin_steps('{}', $1)),
  (select count(*) from steward_private.take_new_jobs(0, $1)),
  steward_private.succeed_steps('{}', '{}')`;

/** Each statement gets a connection of its own, because they are sent at the same moment. */
export async function warm(pool: pg.Pool, workerId: number): Promise<void> {
  const own = impatient(pool);
  await Promise.all(Array.from({ length: pool.options.min ?? 0 }, () => own.query(PLAN, [workerId])));
}
