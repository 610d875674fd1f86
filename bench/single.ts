// The path of single jobs: runs of one step, each started by a statement of its own, worked off by one worker process.
// Against bare graphile-worker with the same settings. npm run bench -- single [--rounds N] [--runs N] [--rate N]
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { defineTask } from "steward/engine/define-task";
import { size, tell } from "./helpers/figures.ts";
import { at, percentiles } from "./helpers/percentiles.ts";
import { openBenchDatabase } from "./helpers/postgres.ts";
import { untilDone } from "./helpers/until-done.ts";
import { NOOP_LIFECYCLE, startBenchWorker } from "./helpers/worker.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string" }, runs: { type: "string" }, rate: { type: "string" } },
});
const ROUNDS = Number(values.rounds ?? size(5, 1));
const RUNS = Number(values.runs ?? size(10_000, 100));
const RATE = Number(values.rate ?? 800);
const SECONDS = size(15, 1);
/** So many come in one statement where they come in a stream: few, as from one request each. */
const TOGETHER = 4;

const ADD = {
  bare: "select graphile_worker.add_jobs(array_agg(('noop', to_json(id), null, null, null, null, null, null)::graphile_worker.job_spec)) from unnest($1::text[]) id",
  ours: "select steward.start_runs('bench', 'bench', $1::text[])",
} as const;
const LEFT = {
  bare: "select 1 from graphile_worker._private_jobs limit 1",
  ours: "select 1 from steward.runs where status in ('pending', 'running') limit 1",
} as const;
type System = keyof typeof ADD;

const database = await openBenchDatabase();
const { pool, url } = database;
const addedAt = new Map<string, number>();
let latencies: number[] = [];
let begun = 0;
const begin = (id: string): void => {
  begun++;
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
  const efforts: Record<System, number[]> = { bare: [], ours: [] };
  for (let round = 0; round < ROUNDS; round++)
    for (const system of ["bare", "ours"] as const) {
      const { rate, cpu } = await drain(system);
      rates[system].push(rate);
      efforts[system].push(cpu);
    }
  await tell({
    figure: {
      what: `${RUNS} single runs, drained by one worker process`,
      unit: "runs/s",
      rounds: rates.ours,
      atLeast: 6_000,
    },
  });
  await tell({
    figure: {
      what: `${RUNS} single runs, drained by one worker process`,
      unit: "x the jobs/s of graphile-worker with the same settings",
      rounds: rates.ours.map((rate, round) => rate / (rates.bare[round] ?? Number.NaN)),
      detail: `${at(rates.ours, 0.5).toFixed(0)} runs/s against ${at(rates.bare, 0.5).toFixed(0)} jobs/s`,
    },
  });
  await tell({
    figure: {
      what: "CPU time of the worker process for each of them",
      unit: "x graphile-worker's",
      rounds: efforts.ours.map((cpu, round) => cpu / (efforts.bare[round] ?? Number.NaN)),
      detail: `${at(efforts.ours, 0.5).toFixed(0)} µs against ${at(efforts.bare, 0.5).toFixed(0)}`,
    },
  });
  const steadies: Record<System, Steady[]> = { bare: [], ours: [] };
  for (let round = 0; round < ROUNDS; round++)
    for (const system of ["bare", "ours"] as const) steadies[system].push(await steady(system));
  const what = `single runs at ${RATE} a second, ${TOGETHER} in a statement`;
  for (const [of, unit, atMost, value] of [
    [": started to the first line of the task, p99", "ms", 20, (cost: Steady) => at(cost.latencies, 0.99)],
    [": each, starting it included", "commits", 1, (cost: Steady) => cost.commits],
    [": each, starting it included", "kB of WAL", 2.5, (cost: Steady) => cost.wal],
  ] as const) {
    const rounds = (system: System) => steadies[system].map(value);
    const latencies = (system: System) => percentiles(steadies[system].flatMap((cost) => cost.latencies));
    await tell({
      figure: {
        what: what + of,
        unit,
        rounds: rounds("ours"),
        atMost,
        detail: `graphile-worker ${at(rounds("bare"), 0.5).toFixed(2)}; ms p50 / p99 ${latencies("ours")} against ${latencies("bare")}`,
      },
    });
  }
} finally {
  await database.close();
}

/** Units a second, and microseconds of this process's CPU time for each. */
async function drain(system: System): Promise<{ rate: number; cpu: number }> {
  await pool.query("truncate steward.runs, steward.steps, graphile_worker._private_jobs");
  await Promise.all(
    Array.from({ length: 4 }, async (_, lane) => {
      for (let n = lane; n < RUNS; n += 4) await pool.query(ADD[system], [[crypto.randomUUID()]]);
    }),
  );
  await pool.query("analyze");
  begun = 0;
  const began = performance.now();
  const before = process.cpuUsage();
  const stop = await startBenchWorker(url, tasks[system], system);
  await untilDone(pool, LEFT[system], () => begun >= RUNS);
  const rate = RUNS / ((performance.now() - began) / 1_000);
  const { user, system: kernel } = process.cpuUsage(before);
  await stop();
  return { rate, cpu: (user + kernel) / RUNS };
}

interface Steady {
  readonly latencies: readonly number[];
  /** For each run, and what it took to start it. */
  readonly commits: number;
  readonly wal: number;
}

/** Starts so many a second by the clock, whatever the worker does. */
async function steady(system: System): Promise<Steady> {
  const stop = await startBenchWorker(url, tasks[system], system);
  await sleep(1_000);
  latencies = [];
  const before = await costs();
  begun = 0;
  const began = performance.now();
  const adding: Promise<unknown>[] = [];
  for (let n = 0; n < RATE * SECONDS; ) {
    const due = Math.min(RATE * SECONDS, ((performance.now() - began) / 1_000) * RATE);
    for (; n < due; n += TOGETHER) {
      const ids = Array.from({ length: TOGETHER }, () => crypto.randomUUID());
      for (const id of ids) addedAt.set(id, performance.now());
      adding.push(pool.query(ADD[system], [ids]));
    }
    await sleep(2);
  }
  await Promise.all(adding);
  await untilDone(pool, LEFT[system], () => begun >= RATE * SECONDS);
  const after = await costs();
  await stop();
  const units = RATE * SECONDS;
  return {
    latencies,
    commits: (after.commits - before.commits) / units,
    wal: (after.wal - before.wal) / units / 1_000,
  };
}

async function costs(): Promise<{ commits: number; wal: number }> {
  await sleep(1_500); // statistics of sessions come in late
  const { rows } = await pool.query<{ commits: string; wal: string }>(
    "select xact_commit as commits, pg_current_wal_lsn() - '0/0'::pg_lsn as wal from pg_stat_database where datname = current_database()",
  );
  return { commits: Number(rows[0]?.commits), wal: Number(rows[0]?.wal) };
}
