// The path of single jobs: runs of one step, each started by a statement of its own, worked off by one worker process.
// Against bare graphile-worker with the settings that suit it best. npm run bench -- single [--rounds N] [--runs N]
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type pg from "pg";
import { defineTask } from "steward/engine/define-task";
import { at, percentiles } from "./helpers/percentiles.ts";
import { openBenchDatabase } from "./helpers/postgres.ts";
import { NOOP_LIFECYCLE, startBenchWorker } from "./helpers/worker.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string" }, runs: { type: "string" }, rate: { type: "string" } },
});
const ROUNDS = Number(values.rounds ?? 3);
const RUNS = Number(values.runs ?? 10_000);
const RATE = Number(values.rate ?? 800);
const SECONDS = 15;

const ADD = {
  bare: "select graphile_worker.add_job('noop', to_json($1::text))",
  ours: "select steward.start_runs('bench', 'bench', array[$1::text])",
} as const;
const LEFT = {
  bare: "select count(*)::int as n from graphile_worker._private_jobs",
  ours: "select count(*)::int as n from steward.runs where status in ('pending', 'running')",
} as const;
type System = keyof typeof ADD;

const database = await openBenchDatabase();
const { pool, url } = database;
const addedAt = new Map<string, number>();
let latencies: number[] = [];
const begin = (id: string): void => {
  const added = addedAt.get(id);
  if (added === undefined) return;
  addedAt.delete(id);
  latencies.push(performance.now() - added);
};
const tasks = {
  ours: { noop: defineTask(async ({ subjectId }) => void begin(subjectId)) },
  bare: { noop: async (payload: unknown) => begin(String(payload)) },
};

try {
  await pool.query(NOOP_LIFECYCLE);
  const rates: Record<System, number[]> = { bare: [], ours: [] };
  for (let round = 0; round < ROUNDS; round++)
    for (const system of ["bare", "ours"] as const) rates[system].push(await drainRate(system));
  console.log(`${RUNS} runs of one step, each started by itself, then drained; median of ${ROUNDS} rounds:`);
  console.log(`  graphile-worker, jobs/s   ${at(rates.bare, 0.5).toFixed(0)}`);
  console.log(
    `  Steward, runs/s           ${at(rates.ours, 0.5).toFixed(0)}   (${(at(rates.ours, 0.5) / at(rates.bare, 0.5)).toFixed(2)}x)`,
  );
  console.log(
    `${RATE} a second for ${SECONDS} s: added to first line of the task, ms p50 / p99; what each cost, adding included:`,
  );
  for (const system of ["bare", "ours"] as const) console.log(`  ${system.padEnd(8)} ${await steady(system)}`);
} finally {
  await database.close();
}

async function drainRate(system: System): Promise<number> {
  await pool.query("truncate steward.runs, steward.steps, graphile_worker._private_jobs");
  await Promise.all(
    Array.from({ length: 4 }, async (_, lane) => {
      for (let n = lane; n < RUNS; n += 4) await pool.query(ADD[system], [crypto.randomUUID()]);
    }),
  );
  await pool.query("analyze");
  const begun = performance.now();
  const stop = await startBenchWorker(url, tasks[system], system === "ours");
  while ((await count(pool, LEFT[system])) > 0) await sleep(20);
  const rate = RUNS / ((performance.now() - begun) / 1_000);
  await stop();
  return rate;
}

/** Starts so many a second by the clock, whatever the worker does. */
async function steady(system: System): Promise<string> {
  const stop = await startBenchWorker(url, tasks[system], system === "ours");
  await sleep(1_000);
  latencies = [];
  const before = await costs();
  const begun = performance.now();
  const adding: Promise<unknown>[] = [];
  for (let n = 0; n < RATE * SECONDS; ) {
    const due = Math.min(RATE * SECONDS, ((performance.now() - begun) / 1_000) * RATE);
    for (; n < due; n++) {
      const id = crypto.randomUUID();
      addedAt.set(id, performance.now());
      adding.push(pool.query(ADD[system], [id]));
    }
    await sleep(2);
  }
  await Promise.all(adding);
  while ((await count(pool, LEFT[system])) > 0) await sleep(20);
  const after = await costs();
  await stop();
  const units = RATE * SECONDS;
  return `${percentiles(latencies)}   ${((after.commits - before.commits) / units).toFixed(2)} commits, ${((after.wal - before.wal) / units / 1_000).toFixed(2)} kB of WAL`;
}

async function costs(): Promise<{ commits: number; wal: number }> {
  await sleep(1_500); // statistics of sessions come in late
  const { rows } = await pool.query<{ commits: string; wal: string }>(
    "select xact_commit as commits, pg_current_wal_lsn() - '0/0'::pg_lsn as wal from pg_stat_database where datname = current_database()",
  );
  return { commits: Number(rows[0]?.commits), wal: Number(rows[0]?.wal) };
}

async function count(db: pg.Pool, text: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(text);
  return rows[0]?.n ?? 0;
}
