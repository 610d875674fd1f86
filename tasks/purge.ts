// Deletes what a deleted user owned in one registered table, in batches.

import { defineTask } from "steward/engine/define-task";
import { EngineError } from "steward/errors";
import { type PurgeIo, purgeTable } from "steward/purge";
import { z } from "zod";

const inputSchema = z.object({ cutoffs: z.record(z.string(), z.string()) });

interface Target {
  readonly table: string;
  readonly userColumn: string;
  readonly cutoffColumn: string;
  readonly done: string;
  readonly total: string | null;
}

const FIND_TARGET = `
select t.table_name::regclass::text as "table", t.user_column as "userColumn", t.cutoff_column as "cutoffColumn", s.done, s.total
from steward.purge_targets t cross join steward.steps s
where t.table_name = $1 and s.id = $2`;

const SAVE_PROGRESS = `
select steward_private.save_progress(s.id, $2, $3) from steward.steps s where s.id = $1 and s.done = $4`;

const FIND_PROGRESS = "select from steward.steps where id = $1 and done = $2";

export default defineTask(async (step) => {
  const name = step.item ?? "";
  const [target] = await step.query<Target>(FIND_TARGET, [name, step.id]);
  const cutoff = inputSchema.parse(step.input).cutoffs[name];
  if (target === undefined || cutoff === undefined) {
    throw new EngineError("ST704", { sentence: `The table ${name} is not registered for purging any more.` });
  }
  const io: PurgeIo = {
    pool: step.pool,
    transaction: step.transaction,
    async saveProgress(db, { done, total, doneBefore }) {
      const { rowCount } = await db.query(SAVE_PROGRESS, [step.id, done, total, doneBefore]);
      if (rowCount === 0) throw new EngineError("ST705");
    },
    before: { done: Number(target.done), total: target.total === null ? null : Number(target.total) },
    signal: step.stopping,
  };
  const { outcome, done } = await purgeTable(target, step.subjectId, cutoff, io);
  if (outcome === "continue") return "continue";
  // Postgres may have crashed since the last batch, and this attempt have lived on.
  return async (db) => {
    if ((await db.query(FIND_PROGRESS, [step.id, done])).rowCount === 0) throw new EngineError("ST705");
  };
});
