// Deletes a user who owns many rows: the delete returns at once, the rows go in batches.
import { follow } from "./bar.ts";
import { findRun, followRun } from "./runs.ts";
import type { Stage } from "./stage.ts";

const LABELS = 500_000;

const INSERT_LABELS = `
insert into app_public.labels (user_id, label_key, label_value)
select $1, 'key-' || n % 100, 'value ' || n from generate_series(1, $2) n`;

const READ_PURGE = `
select done::integer, total::integer, status in ('succeeded', 'failed', 'cancelled') as "isOver",
  extract(epoch from coalesce(finished_at, clock_timestamp()) - started_at)::float8 as seconds
from steward.steps where run_id = $1 and name = 'purge'`;

interface PurgeRow {
  readonly done: number;
  readonly total: number | null;
  readonly isOver: boolean;
  readonly seconds: number | null;
}

/** Gives the user labels, then deletes the user. */
export async function showDeletion(stage: Stage, userId: string): Promise<void> {
  const { pool, stopping } = stage;
  console.log("\n4. Deleting a user");
  await pool.query(INSERT_LABELS, [userId, LABELS]);
  const begunAt = performance.now();
  await pool.query("delete from app_public.users where id = $1", [userId]);
  const milliseconds = performance.now() - begunAt;
  console.log(`   who owned ${LABELS.toLocaleString("en")} labels: the delete took ${milliseconds.toFixed(1)} ms`);

  const runId = await findRun(stage, "user_deletion", userId);
  await follow("purge", stopping, async () => {
    const [step] = (await pool.query<PurgeRow>(READ_PURGE, [runId])).rows;
    if (step === undefined) throw new Error("the deletion has no purge step");
    return { done: step.done, total: step.total ?? LABELS, note: describe(step), isOver: step.isOver };
  });
  const { seconds } = await followRun(stage, "whole deletion", runId, "steps (rows, drive, cloud)");
  console.log(`   all of it gone after ${seconds.toFixed(1)} s`);
}

function describe({ done, total, seconds, isOver }: PurgeRow): string {
  const rows = `${done.toLocaleString("en")} rows`;
  if (!seconds || done === 0) return rows;
  const rate = done / seconds;
  const left = isOver ? "" : `, ${(((total ?? LABELS) - done) / rate).toFixed(0)} s left`;
  return `${rows}, ${Math.round(rate).toLocaleString("en")} rows/s${left}`;
}
