// Single jobs beside other queues in Postgres, each at its best settings (as far as we found them): how many a second one worker
// process drains, and how soon an idle one begins. npm ci --prefix bench/peers, then npm run bench -- peers
import { setTimeout as sleep } from "node:timers/promises";
import { defineTask } from "steward/engine/define-task";
import { size, tell } from "./helpers/figures.ts";
import { at, percentiles } from "./helpers/percentiles.ts";
import { openBenchDatabase } from "./helpers/postgres.ts";
import { NOOP_LIFECYCLE, startBenchWorker } from "./helpers/worker.ts";
import { openBoss } from "./peers/boss.ts";
import { openBullMq } from "./peers/bullmq.ts";
import { openDbos } from "./peers/dbos.ts";
import type { Peer } from "./peers/peer.ts";

const ROUNDS = size(5, 1);
const JOBS = size(10_000, 100);
const TOGETHER = 10;
const PICK_UPS = size(200, 5);

const database = await openBenchDatabase();
const { pool, url } = database;
let onBegin = (_id: string): void => undefined;
const begin = (id: string): void => onBegin(id);

const ours: Peer = {
  left: "select 1 from steward.runs where status in ('pending', 'running') limit 1",
  add: (ids) => pool.query("select steward.start_runs('bench', 'bench', $1::text[])", [ids]),
  work: () => startBenchWorker(url, { noop: defineTask(async ({ subjectId }) => void begin(subjectId)) }, "ours"),
  close: async () => undefined,
};
const graphileWorker: Peer = {
  left: "select 1 from graphile_worker._private_jobs limit 1",
  add: (ids) =>
    pool.query(
      "select graphile_worker.add_jobs(array_agg(('noop', to_json(id), null, null, null, null, null, null)::graphile_worker.job_spec)) from unnest($1::text[]) id",
      [ids],
    ),
  work: () => startBenchWorker(url, { noop: async (id: unknown) => begin(String(id)) }, "best"),
  close: async () => undefined,
};

const systems: Record<string, Peer> = {};

try {
  await pool.query(NOOP_LIFECYCLE);
  systems.steward = ours;
  systems["graphile-worker"] = graphileWorker;
  systems["pg-boss"] = await openBoss(url, begin);
  systems.BullMQ = await openBullMq(url, begin);
  systems.DBOS = await openDbos(url, begin);
  const names = Object.keys(systems);
  const rates = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, system] of Object.entries(systems)) rates.get(name)?.push(await drain(system));
  const delays = new Map<string, number[]>();
  for (const [name, system] of Object.entries(systems)) delays.set(name, await pickUps(system));

  const [ownRates, ownDelays] = [rates.get("steward") ?? [], delays.get("steward") ?? []];
  for (const name of names.filter((other) => other !== "steward")) {
    const theirs = rates.get(name) ?? [];
    await tell({
      figure: {
        what: `${JOBS} single jobs, drained by one worker process`,
        unit: `x the jobs/s of ${name} at its best settings`,
        rounds: ownRates.map((rate, round) => rate / (theirs[round] ?? Number.NaN)),
        detail: `${at(ownRates, 0.5).toFixed(0)} runs/s against ${at(theirs, 0.5).toFixed(0)} jobs/s`,
      },
    });
    await tell({
      figure: {
        what: "from the commit to the task, idle, p99",
        unit: `x that of ${name}, same settings`,
        rounds: [at(ownDelays, 0.99) / at(delays.get(name) ?? [], 0.99)],
        detail: `ms p50 / p99 ${percentiles(ownDelays)} against ${percentiles(delays.get(name) ?? [])}`,
      },
    });
  }
} finally {
  for (const system of Object.values(systems)) await system.close();
  await database.close();
}

/** Jobs a second. */
async function drain({ add, work, left }: Peer): Promise<number> {
  for (let n = 0; n < JOBS; n += TOGETHER)
    await add(Array.from({ length: Math.min(TOGETHER, JOBS - n) }, () => crypto.randomUUID()));
  await pool.query("analyze");
  const began = performance.now();
  const stop = await work();
  while ((await pool.query(left)).rowCount !== 0) await sleep(20);
  const rate = JOBS / ((performance.now() - began) / 1_000);
  await stop();
  return rate;
}

async function pickUps({ add, work }: Peer): Promise<number[]> {
  const stop = await work();
  await sleep(1_000);
  const delays: number[] = [];
  for (let n = 0; n < PICK_UPS; n++) {
    const id = crypto.randomUUID();
    const { promise, resolve } = Promise.withResolvers<void>();
    onBegin = (its) => its === id && resolve();
    await add([id]);
    const committed = performance.now();
    await promise;
    delays.push(Math.max(0, performance.now() - committed));
    await sleep(20);
  }
  onBegin = () => undefined;
  await stop();
  return delays;
}
