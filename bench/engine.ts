// What the engine costs: steps per second against bare graphile-worker's jobs per second with the same settings, and the time
// from commit to the first line of a task. npm run bench -- engine
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { defineTask } from "steward/engine/define-task";
import { at, percentiles } from "./helpers/percentiles.ts";
import { openBenchDatabase } from "./helpers/postgres.ts";
import { CONCURRENCY, NOOP_LIFECYCLE, startBenchWorker } from "./helpers/worker.ts";

const STEPS = 20_000;
const ROUNDS = 3;
const PICK_UPS = 200;

const database = await openBenchDatabase();
const { pool, url } = database;
const started = new Map<string, PromiseWithResolvers<void>>();
const ours = { noop: defineTask(async ({ subjectId }) => void started.get(subjectId)?.resolve()) };
const bare = { noop: async (payload: unknown) => started.get(String(payload))?.resolve() };
try {
  await pool.query(NOOP_LIFECYCLE);
  const rates = { bare: [] as number[], ours: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    rates.bare.push(await drainRate("bare"));
    rates.ours.push(await drainRate("ours"));
  }
  const pickUp = { bare: await pickUpTimes("bare"), ours: await pickUpTimes("ours") };
  console.log(`${STEPS} no-op units, one worker process, ${CONCURRENCY} places, median of ${ROUNDS} rounds:`);
  console.log(`  graphile-worker, jobs/s   ${at(rates.bare, 0.5).toFixed(0)}`);
  console.log(
    `  Steward, steps/s          ${at(rates.ours, 0.5).toFixed(0)}   (${(at(rates.ours, 0.5) / at(rates.bare, 0.5)).toFixed(2)}x)`,
  );
  console.log(`Commit to first line of the task, idle worker, ${PICK_UPS} one after the other, ms p50 / p99:`);
  console.log(`  graphile-worker           ${percentiles(pickUp.bare)}`);
  console.log(`  Steward                   ${percentiles(pickUp.ours)}`);
} finally {
  await database.close();
}

async function drainRate(which: "bare" | "ours"): Promise<number> {
  await add(which, STEPS);
  await pool.query("analyze");
  const left =
    which === "bare"
      ? "select count(*)::int as n from graphile_worker._private_jobs"
      : "select count(*)::int as n from steward.runs where status in ('pending', 'running')";
  const begun = performance.now();
  const stop = await startBenchWorker(url, which === "bare" ? bare : ours, which === "ours");
  while ((await count(pool, left)) > 0) await sleep(50);
  const rate = STEPS / ((performance.now() - begun) / 1_000);
  await stop();
  return rate;
}

async function pickUpTimes(which: "bare" | "ours"): Promise<number[]> {
  const stop = await startBenchWorker(url, which === "bare" ? bare : ours, which === "ours");
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

function add(which: "bare" | "ours", units: number): Promise<pg.QueryResult> {
  return which === "bare"
    ? pool.query(
        "select graphile_worker.add_jobs(array_agg(('noop', to_json(n::text), null, null, null, null, null, null)::graphile_worker.job_spec)) from generate_series(1, $1::int) n",
        [units],
      )
    : pool.query(
        "select steward.start_runs('bench', 'bench', array(select gen_random_uuid()::text from generate_series(1, $1::int)))",
        [units],
      );
}

async function count(db: pg.Pool, text: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(text);
  return rows[0]?.n ?? 0;
}
