// The task of a purge step. An application has a file tasks/purge.ts with one line: export { default } from "steward/purge/task";
import { defineTask } from "../engine/define-task.ts";
import type { Step } from "../engine/step.ts";
import { EngineError } from "../errors/index.ts";
import { type PurgeIo, type PurgeResult, type PurgeTarget, purgeTable } from "./index.ts";
import { toPurgeError } from "./refusals.ts";

interface Plan extends PurgeTarget {
  readonly cutoff: string | null;
  readonly done: string;
  readonly total: string | null;
}

const READ_PLAN = `
select tables, key_column as "keyColumn", key_query as "keyQuery", cutoff_column as "cutoffColumn", cutoff,
  is_indexed as "isIndexed", pace, done, total
from steward_private.read_purge($1)`;

const SAVE_PROGRESS = `
select steward_private.save_progress(s.id, $2, $3) from steward.steps s where s.id = $1 and s.done = $4`;

const FIND_PROGRESS = "select from steward.steps where id = $1 and done = $2";

export default defineTask(async (step) => {
  const plan = await readPlan(step);
  const { outcome, done } = await purge(step, plan).catch(async (error: unknown) => {
    // The table may have changed while it was purged: then the plan says how.
    await readPlan(step);
    throw toPurgeError(error);
  });
  if (outcome === "continue" || !isSame(plan, await readPlan(step))) return "continue";
  // Postgres may have crashed since the last batch, and this attempt have lived on.
  return async (db) => {
    if ((await db.query(FIND_PROGRESS, [step.id, done])).rowCount === 0) throw new EngineError("ST705");
  };
});

async function readPlan(step: Step): Promise<Plan> {
  const [plan] = await step.query<Plan>(READ_PLAN, [step.id]);
  if (plan === undefined) throw new EngineError("ST704");
  return plan;
}

function purge(step: Step, plan: Plan): Promise<PurgeResult> {
  const io: PurgeIo = {
    pool: step.pool,
    transaction: step.transaction,
    async saveProgress(db, { done, total, doneBefore }) {
      const { rowCount } = await db.query(SAVE_PROGRESS, [step.id, done, total, doneBefore]);
      if (rowCount === 0) throw new EngineError("ST705");
    },
    before: { done: Number(plan.done), total: plan.total === null ? null : Number(plan.total) },
    signal: step.stopping,
  };
  return purgeTable(plan, step.subjectId, plan.cutoff, io);
}

/** Partitions may have come or gone meanwhile, or another table have taken the name. */
function isSame(a: Plan, b: Plan): boolean {
  return a.tables.join() === b.tables.join() && a.keyColumn === b.keyColumn && a.keyQuery === b.keyQuery;
}
