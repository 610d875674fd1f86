// Applies what the plan says, in order: graphile-worker's schema, migrations one by one, then all changed functions together.
import { runMigrations } from "graphile-worker";
import type pg from "pg";
import { forgetFunctions, recordApplied } from "./applied.ts";
import type { SqlFile } from "./files.ts";
import type { Plan } from "./plan.ts";
import { retrying } from "./retrying.ts";
import { migrationFailed } from "./sql-error.ts";

const DEADLOCK = "40P01";
const LOCK_TIMEOUT = "55P03";
const NO_TRANSACTION = /^\s*(--[^\n]*\n\s*)*-- no transaction\b/;

/** Applies the plan and returns the names of what was applied. What fails is ST824 and leaves no trace of its file. */
export async function applyPlan(client: pg.Client, connectionString: string, plan: Plan): Promise<string[]> {
  if (plan.library !== undefined) {
    await runMigrations({ connectionString });
    await recordApplied(client, plan.library);
  }
  for (const file of plan.migrations) await patiently(() => applyMigration(client, file));
  await patiently(() => applyFunctions(client, plan));
  return [...(plan.library ? [plan.library.name] : []), ...plan.migrations.map(nameOf), ...plan.functions.map(nameOf)];
}

/** A live system may be in the way. Who waits for a table's lock without limit makes everybody after them wait as well. */
function patiently(work: () => Promise<void>): Promise<void> {
  return retrying([DEADLOCK, LOCK_TIMEOUT], work);
}

async function applyMigration(client: pg.Client, file: SqlFile): Promise<void> {
  if (NO_TRANSACTION.test(file.sql)) return applyFile(client, file);
  await inTransaction(client, () => applyFile(client, file));
}

async function applyFunctions(client: pg.Client, plan: Plan): Promise<void> {
  if (plan.functions.length + plan.gone.length === 0) return;
  await inTransaction(client, async () => {
    // Functions may call each other in any order: made unchecked first, then once more with the checks, when all are there.
    await client.query("set local check_function_bodies = off");
    for (const file of plan.functions) await applyFile(client, file);
    await client.query("set local check_function_bodies = on");
    for (const file of plan.functions) await applyFile(client, file);
    await forgetFunctions(client, plan.gone);
  });
}

async function applyFile(client: pg.Client, file: SqlFile): Promise<void> {
  try {
    await client.query(file.sql);
  } catch (error) {
    throw migrationFailed(file, error);
  }
  await recordApplied(client, file);
}

async function inTransaction(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await client.query("begin; set local lock_timeout = '5s'");
  try {
    await work();
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  }
}

function nameOf(file: SqlFile): string {
  return file.name;
}
