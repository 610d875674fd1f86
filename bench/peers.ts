// Single jobs beside another queue in Postgres, pg-boss at its best settings (as far as we found them) and graphile-worker at its own:
// how many a second one worker process drains, and how soon an idle one begins. npm ci --prefix bench/peers, then npm run bench -- peers
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { defineTask } from "steward/engine/define-task";
import { size, tell } from "./helpers/figures.ts";
import { at, percentiles } from "./helpers/percentiles.ts";
import { openBenchDatabase } from "./helpers/postgres.ts";
import { NOOP_LIFECYCLE, startBenchWorker } from "./helpers/worker.ts";

const ROUNDS = size(5, 1);
const JOBS = size(10_000, 100);
const TOGETHER = 10;
const PICK_UPS = size(200, 5);
const QUEUE = "bench";
const BEST = { batchSize: 2_000, localConcurrency: 2, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 };

/** What we use of pg-boss, which is installed for this alone. */
interface Boss {
  on(event: "error", listener: (err: Error) => void): void;
  start(): Promise<unknown>;
  stop(options: { graceful: boolean }): Promise<void>;
  createQueue(name: string, options: { notify: boolean }): Promise<void>;
  insert(name: string, jobs: { data: object }[]): Promise<unknown>;
  work(name: string, options: object, handler: (jobs: { data: { id: string } }[]) => Promise<void>): Promise<string>;
}

interface System {
  /** Finds one that is not done. */
  readonly left: string;
  add(ids: readonly string[]): Promise<unknown>;
  /** Resolves when it looks for jobs; call the result to stop it. */
  work(): Promise<() => Promise<void>>;
}

const { PgBoss } = (await import(findBoss())) as { PgBoss: new (options: object) => Boss };

const database = await openBenchDatabase();
const { pool, url } = database;
let onBegin = (_id: string): void => undefined;
const createBoss = (): Boss => {
  const boss = new PgBoss({ connectionString: url, useListenNotify: true });
  boss.on("error", (err) => console.error(err));
  return boss;
};
const adder = createBoss();

const SYSTEMS: Readonly<Record<string, System>> = {
  steward: {
    left: "select 1 from steward.runs where status in ('pending', 'running') limit 1",
    add: (ids) => pool.query("select steward.start_runs('bench', 'bench', $1::text[])", [ids]),
    work: () => startBenchWorker(url, { noop: defineTask(async ({ subjectId }) => void onBegin(subjectId)) }, "ours"),
  },
  "graphile-worker": {
    left: "select 1 from graphile_worker._private_jobs limit 1",
    add: (ids) =>
      pool.query(
        "select graphile_worker.add_jobs(array_agg(('noop', to_json(id), null, null, null, null, null, null)::graphile_worker.job_spec)) from unnest($1::text[]) id",
        [ids],
      ),
    work: () => startBenchWorker(url, { noop: async (id: unknown) => onBegin(String(id)) }, "best"),
  },
  "pg-boss": {
    left: "select 1 from pgboss.job where state < 'completed' limit 1",
    add: (ids) =>
      adder.insert(
        QUEUE,
        ids.map((id) => ({ data: { id } })),
      ),
    async work() {
      const boss = createBoss();
      await boss.start();
      await boss.work(QUEUE, BEST, async (jobs) => {
        for (const { data } of jobs) onBegin(data.id);
      });
      return () => boss.stop({ graceful: true });
    },
  },
};

try {
  await pool.query(NOOP_LIFECYCLE);
  await adder.start();
  await adder.createQueue(QUEUE, { notify: true });
  const names = Object.keys(SYSTEMS);
  const rates = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, system] of Object.entries(SYSTEMS)) rates.get(name)?.push(await drain(system));
  const delays = new Map<string, number[]>();
  for (const [name, system] of Object.entries(SYSTEMS)) delays.set(name, await pickUps(system));

  const ours = { rates: rates.get("steward") ?? [], delays: delays.get("steward") ?? [] };
  for (const name of names.filter((other) => other !== "steward")) {
    const theirs = rates.get(name) ?? [];
    await tell({
      figure: {
        what: `${JOBS} single jobs, drained by one worker process`,
        unit: `x the jobs/s of ${name} at its best settings`,
        rounds: ours.rates.map((rate, round) => rate / (theirs[round] ?? Number.NaN)),
        detail: `${at(ours.rates, 0.5).toFixed(0)} runs/s against ${at(theirs, 0.5).toFixed(0)} jobs/s`,
      },
    });
    await tell({
      figure: {
        what: "from the commit to the task, idle, p99",
        unit: `x that of ${name}, same settings`,
        rounds: [at(ours.delays, 0.99) / at(delays.get(name) ?? [], 0.99)],
        detail: `ms p50 / p99 ${percentiles(ours.delays)} against ${percentiles(delays.get(name) ?? [])}`,
      },
    });
  }
} finally {
  await adder.stop({ graceful: false });
  await database.close();
}

function findBoss(): string {
  try {
    return createRequire(new URL("./peers/package.json", import.meta.url)).resolve("pg-boss");
  } catch (cause) {
    throw new Error("pg-boss is not installed: npm ci --prefix bench/peers", { cause });
  }
}

/** Jobs a second. */
async function drain({ add, work, left }: System): Promise<number> {
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

async function pickUps({ add, work }: System): Promise<number[]> {
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
