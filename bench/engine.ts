// What the engine costs: steps per second against bare graphile-worker's jobs per second with the same settings, and the time
// from commit to the first line of a task. npm run bench -- engine
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { defineTask } from "steward/engine/define-task";
import { size, tell } from "./helpers/figures.ts";
import { at, percentiles } from "./helpers/percentiles.ts";
import { openBenchDatabase } from "./helpers/postgres.ts";
import { untilDone } from "./helpers/until-done.ts";
import { NOOP_LIFECYCLE, startBenchWorker } from "./helpers/worker.ts";

const STEPS = size(20_000, 200);
const ROUNDS = size(5, 1);
const PICK_UPS = size(200, 5);

const database = await openBenchDatabase();
const { pool, url } = database;
const started = new Map<string, PromiseWithResolvers<void>>();
let begun = 0;
const begin = (id: string): void => {
  begun++;
  started.get(id)?.resolve();
};
const ours = { noop: defineTask(async ({ subjectId }) => void begin(subjectId)) };
const bare = { noop: async (payload: unknown) => begin(String(payload)) };
try {
  await pool.query(NOOP_LIFECYCLE);
  const rates = { bare: [] as number[], best: [] as number[], ours: [] as number[] };
  for (let round = 0; round < ROUNDS; round++)
    for (const which of ["bare", "best", "ours"] as const) rates[which].push(await drainRate(which));
  const pickUp = { bare: await pickUpTimes("bare"), ours: await pickUpTimes("ours") };
  await tell({
    figure: {
      what: "no-op steps of a backlog, one worker process",
      unit: "steps/s",
      rounds: rates.ours,
      atLeast: 20_000,
    },
  });
  for (const [which, name, atLeast] of [
    ["best", "graphile-worker at its best settings", 0.5],
    ["bare", "graphile-worker with the same settings", undefined],
  ] as const)
    await tell({
      figure: {
        what: "no-op steps of a backlog, one worker process",
        unit: `x the jobs/s of ${name}`,
        rounds: rates.ours.map((rate, round) => rate / (rates[which][round] ?? Number.NaN)),
        ...(atLeast !== undefined && { atLeast }),
        detail: `${at(rates.ours, 0.5).toFixed(0)} steps/s against ${at(rates[which], 0.5).toFixed(0)} jobs/s`,
      },
    });
  const detail = `ms p50 / p99 ${percentiles(pickUp.ours)}; graphile-worker ${percentiles(pickUp.bare)}`;
  for (const [name, share, atMost] of [
    ["p50", 0.5, 3],
    ["p99", 0.99, 8],
  ] as const)
    await tell({
      figure: {
        what: `pick-up: commit to the first line of the task, idle, ${name}`,
        unit: "ms",
        rounds: [at(pickUp.ours, share)],
        atMost,
        detail,
      },
    });
} finally {
  await database.close();
}

type System = "bare" | "best" | "ours";

async function drainRate(which: System): Promise<number> {
  await add(which, STEPS);
  await pool.query("analyze");
  const left =
    which === "ours"
      ? "select 1 from steward.runs where status in ('pending', 'running') limit 1"
      : "select 1 from graphile_worker._private_jobs limit 1";
  begun = 0;
  const began = performance.now();
  const stop = await startBenchWorker(url, which === "ours" ? ours : bare, which);
  await untilDone(pool, left, () => begun >= STEPS);
  const rate = STEPS / ((performance.now() - began) / 1_000);
  await stop();
  return rate;
}

async function pickUpTimes(which: "bare" | "ours"): Promise<number[]> {
  const stop = await startBenchWorker(url, which === "bare" ? bare : ours, which);
  await sleep(1_000);
  const times: number[] = [];
  for (let i = 0; i < PICK_UPS; i++) {
    const id = crypto.randomUUID();
    const waiting = Promise.withResolvers<void>();
    started.set(id, waiting);
    if (which === "bare") await pool.query("select graphile_worker.add_job('noop', to_json($1::text))", [id]);
    else await pool.query("select steward.start_runs('bench', 'bench', array[$1::text])", [id]);
    const committed = performance.now();
    await waiting.promise;
    times.push(Math.max(0, performance.now() - committed));
    await sleep(20);
  }
  await stop();
  return times;
}

function add(which: System, units: number): Promise<pg.QueryResult> {
  return which !== "ours"
    ? pool.query(
        "select graphile_worker.add_jobs(array_agg(('noop', to_json(n::text), null, null, null, null, null, null)::graphile_worker.job_spec)) from generate_series(1, $1::int) n",
        [units],
      )
    : pool.query(
        "select steward.start_runs('bench', 'bench', array(select gen_random_uuid()::text from generate_series(1, $1::int)))",
        [units],
      );
}
