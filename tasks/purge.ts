// Deletes what a deleted user owned in one registered table, in batches.
import { z } from "zod";
import { defineTask } from "../server/engine/define-task.ts";
import { StewardError } from "../server/errors.ts";
import { type PurgeIo, purgeTable } from "../server/purge/index.ts";

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
from app_private.purge_targets t cross join app_public.steps s
where t.table_name = $1 and s.id = $2`;

const SAVE_PROGRESS = `
select app_private.save_progress(s.id, $2, $3) from app_public.steps s where s.id = $1 and s.done = $4`;

const FIND_PROGRESS = "select from app_public.steps where id = $1 and done = $2";

export default defineTask(async (step) => {
  const name = step.item ?? "";
  const [target] = await step.query<Target>(FIND_TARGET, [name, step.id]);
  const cutoff = inputSchema.parse(step.input).cutoffs[name];
  if (target === undefined || cutoff === undefined) {
    throw new StewardError("ST704", { sentence: `The table ${name} is not registered for purging any more.` });
  }
  const io: PurgeIo = {
    pool: step.pool,
    transaction: step.transaction,
    async saveProgress(db, { done, total, doneBefore }) {
      const { rowCount } = await db.query(SAVE_PROGRESS, [step.id, done, total, doneBefore]);
      if (rowCount === 0) throw new StewardError("ST705");
    },
    before: { done: Number(target.done), total: target.total === null ? null : Number(target.total) },
    signal: step.stopping,
  };
  const { outcome, done } = await purgeTable(target, step.subjectId, cutoff, io);
  if (outcome === "continue") return "continue";
  // Postgres may have crashed since the last batch, and this attempt have lived on.
  return async (db) => {
    if ((await db.query(FIND_PROGRESS, [step.id, done])).rowCount === 0) throw new StewardError("ST705");
  };
});
