// npm run backfill [-- --inline] [--dry-run]: gives users who were there before signups did so what they lack. Credits and user type
// come first, for all; then their runs, which workers carry out in the background, or with --inline the onboarding at once. Then
// projects get the provisioning that they lack, and users who went without a deletion run get that.
// It may be stopped and run again at any time. Exit code 130: stopped by a signal.
import { parseArgs } from "node:util";
import type pg from "pg";
import { explain, tell } from "steward/command";
import { createOwnerPool } from "steward/pools";
import { loadConfigOrExit } from "../server/config.ts";
import { resolveDatabase } from "../server/services.ts";
import { backfillAll, backfillRuns, type Given, type Phase } from "./backfill/pass.ts";
import { createProgressBar } from "./backfill/progress.ts";
import { stopOnInterrupt } from "./backfill/stop.ts";

const USAGE = "usage: npm run backfill [-- --inline] [--dry-run]";

const { inline, dryRun } = readArguments();
const config = loadConfigOrExit();
const stopping = stopOnInterrupt();
try {
  const { database, release } = await resolveDatabase(config);
  const pool = createOwnerPool({ connectionString: database.url, applicationName: "steward backfill", max: 1 });
  try {
    await (dryRun ? look(pool) : give(pool));
  } finally {
    await pool.end();
    await release();
  }
} catch (error) {
  process.exitCode = stopping.aborted ? stopped() : explain(error);
}

async function look(pool: pg.Pool): Promise<void> {
  const { users, credits, types, runs } = await pass(pool, "count", "Looking");
  console.log(`Of ${count(users, "user")}, ${credits} would get credits, ${types} a user type, ${runs} a run.`);
  await others(pool, true);
  console.log("Nothing was changed.");
}

async function give(pool: pg.Pool): Promise<void> {
  const started = performance.now();
  const { users, credits, types } = await pass(pool, "credits", "Credits");
  const { runs, onboarded } = await pass(pool, inline ? "inline" : "runs", inline ? "Onboarding" : "Runs");
  const seconds = (performance.now() - started) / 1000;
  const got = [
    `${credits} got credits`,
    `${types} a user type`,
    `${runs} a run`,
    ...(inline ? [`${onboarded} were onboarded`] : []),
  ];
  console.log(
    `Of ${count(users, "user")}, ${got.join(", ")}, in ${seconds.toFixed(1)} s (${Math.round(users / seconds)} users/s).`,
  );
  await others(pool, false);
  if (runs > 0)
    console.log(`${inline ? "Drive accounts are" : "The rest is"} made by workers, in the background: npm run worker`);
}

/** Projects, and users who are gone. */
async function others(pool: pg.Pool, isDryRun: boolean): Promise<void> {
  const projects = await backfillRuns(pool, "projects", { isDryRun, signal: stopping });
  const deletions = await backfillRuns(pool, "deletions", { isDryRun, signal: stopping });
  const get = isDryRun ? "would get" : "got";
  if (projects > 0) console.log(`${count(projects, "project")} ${get} a run.`);
  if (deletions > 0) console.log(`${count(deletions, "user")} who went without it ${get} a deletion run.`);
}

async function pass(pool: pg.Pool, phase: Phase, label: string): Promise<Given> {
  const { rows } = await pool.query<{ users: number }>("select count(*)::integer as users from app_public.users");
  const bar = createProgressBar(label, rows[0]?.users ?? 0);
  try {
    const model = config.assistantModel;
    return await backfillAll(pool, { phase, model, signal: stopping, onPortion: ({ users }) => bar.show(users) });
  } finally {
    bar.end();
  }
}

function readArguments(): { inline: boolean; dryRun: boolean } {
  try {
    const flag = { type: "boolean", default: false } as const;
    const { values } = parseArgs({ options: { inline: flag, "dry-run": flag } });
    return { inline: values.inline, dryRun: values["dry-run"] };
  } catch (error) {
    tell(`steward: ${error instanceof Error ? error.message.split(". ")[0] : error}; ${USAGE}`);
    process.exit(2);
  }
}

function stopped(): number {
  console.log("Stopped. What was given stays; run it again to go on.");
  return 130;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
