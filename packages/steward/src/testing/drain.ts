// Executes all steps that are due, in this process, as a worker would.
import { devNull } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { createParts } from "../engine/mending.ts";
import { runWorker, type WorkerOptions } from "../worker/preset.ts";

const LOOK_MS = 25;

export interface DrainOptions {
  /** How long it may take. Default: 30,000. */
  readonly timeoutMs?: number;
}

/** What is due now: each thing in words. Runs between their last step and their end count too. */
const dueNow = (queue: string) => `
select format('%s of %s %s is %s', concat_ws(' ', s.name, s.item), r.subject_table, r.subject_id, s.status) as what
from steward.steps s join steward.runs r on r.id = s.run_id
where r.status in ('pending', 'running')
  and (s.status = 'running' or s.status in ('queued', 'retrying') and s.ready_at <= clock_timestamp())
union all
select format('the run %s of %s %s has no step that could go on', r.kind, r.subject_table, r.subject_id)
from steward.runs r
where r.status in ('pending', 'running')
  and not exists (select from steward.steps s where s.run_id = r.id and s.status in ('queued', 'running', 'retrying'))
union all
select format('the job %s', j.task_identifier)
from ${queue}.jobs j
where j.run_at <= clock_timestamp() and j.attempts < j.max_attempts
  and coalesce(j.key, '') not like 'step:%'
limit 10`;

/** Works until nothing is due; throws with what still is when the time is over. */
export async function drain(
  db: pg.Pool,
  worker: WorkerOptions,
  { timeoutMs = 30_000 }: DrainOptions = {},
): Promise<void> {
  const stopping = new AbortController();
  // Jobs by the clock are not what a test has made due.
  const running = runWorker({ ...worker, crontabFile: devNull }, stopping.signal);
  try {
    await untilNothingIsDue(db, dueNow(worker.queueSchema ?? "graphile_worker"), timeoutMs);
  } finally {
    stopping.abort();
    await running;
  }
}

async function untilNothingIsDue(db: pg.Pool, text: string, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  // A worker does this only every few seconds.
  const parts = createParts();
  for (;;) {
    const { rows } = await db.query<{ what: string }>(text);
    if (rows.length === 0) return;
    if (performance.now() > deadline)
      throw new Error(`still due after ${timeoutMs} ms: ${rows.map(({ what }) => what).join("; ")}`);
    if (rows.every(({ what }) => what.startsWith("the run "))) for (const part of parts) await part(db);
    await delay(LOOK_MS);
  }
}
