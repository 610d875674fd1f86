// What becomes slower as finished runs pile up: the same work in databases that hold few and many of them, all in one Postgres, in
// turns. npm run bench -- growth [--rounds N] [--large]: with --large up to 10,000,000, which takes a long time to build.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type pg from "pg";
import { defineTask } from "steward/engine/define-task";
import { size, tell } from "./helpers/figures.ts";
import { at } from "./helpers/percentiles.ts";
import { type BenchDatabase, openBenchDatabase } from "./helpers/postgres.ts";
import { NOOP_LIFECYCLE, startBenchWorker } from "./helpers/worker.ts";
import { buildFinished } from "./operations/build.ts";

const { values } = parseArgs({ options: { large: { type: "boolean", default: false }, rounds: { type: "string" } } });
const POWERS = size(1, 0) ? [4, 5, 6, ...(values.large ? [7] : [])] : [2, 3];
const ROUNDS = Number(values.rounds ?? size(5, 1));
const TIMES = size(50, 3);
const UNITS = size(4_000, 100);
const CLAIMED = 32;

const STATUS = `
select r.id, r.status, p.done, p.total, p.failed, p.percent, array(
  select json_build_object('id', s.id::text, 'name', s.name, 'status', s.status, 'attempts', s.attempts)
  from steward.steps s where s.run_id = r.id order by s.id limit 50
) as steps
from steward.runs r, steward.runs_progress(r) p
where r.id = $1`;
const VIEWS = [
  "select * from steward.violations",
  "select steward.overview()",
  "select * from steward.failures limit 50",
  "select * from steward.backlog",
  "select * from steward.slow_runs limit 50",
  "select * from steward.jobs limit 50",
];

const begun = new Map<string, PromiseWithResolvers<void>>();
const tasks = { noop: defineTask(async ({ subjectId }) => void begun.get(subjectId)?.resolve()) };

/** What is measured; in ms, each the smaller the better. */
const MEASURES: Readonly<Record<string, (database: BenchDatabase) => Promise<number>>> = {
  signup: ({ pool }) =>
    median(TIMES, () => pool.query("insert into app_public.users (username) values (gen_random_uuid()::text)")),
  "status poll": async ({ pool }) => {
    const { rows } = await pool.query<{ id: string }>("select id from steward.runs order by id limit $1", [TIMES]);
    return median(rows.length, (n) => pool.query({ name: "status", text: STATUS, values: [rows[n]?.id] }));
  },
  views: async ({ pool }) => {
    let sum = 0;
    for (const view of VIEWS) sum += await median(3, () => pool.query(view));
    return sum;
  },
  claim,
  "pick-up": pickUp,
  "a step of a backlog": drain,
};

const first = await openBenchDatabase();
try {
  const databases = new Map<number, BenchDatabase>();
  for (const power of POWERS) {
    const database = await first.another(`finished_${power}`);
    databases.set(power, database);
    await buildFinished(database, 10 ** power);
    await database.pool.query(NOOP_LIFECYCLE);
  }
  const found = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, measure] of Object.entries(MEASURES))
      for (const [power, database] of inTurn([...databases], round)) {
        found.set(`${name} ${power}`, [...(found.get(`${name} ${power}`) ?? []), await measure(database)]);
        await tidy(database.pool);
      }
  await report((name, power) => found.get(`${name} ${power}`) ?? []);
  await Promise.all([...databases.values()].map((database) => database.close()));
} finally {
  await first.close();
}

/** The other way round in every second round: nobody is always the first. */
function inTurn<T>(all: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? all : all.toReversed();
}

async function report(of: (name: string, power: number) => readonly number[]): Promise<void> {
  const [smallest = 0, ...others] = POWERS;
  for (const name of Object.keys(MEASURES))
    for (const power of others)
      await tell({
        figure: {
          what: `${name}, with ${(10 ** power).toLocaleString("en")} finished runs`,
          unit: `x the time with ${(10 ** smallest).toLocaleString("en")}`,
          rounds: of(name, power).map((ms, round) => ms / (of(name, smallest)[round] ?? Number.NaN)),
          atMost: 1.1,
          detail: `${at(of(name, power), 0.5).toFixed(2)} ms against ${at(of(name, smallest), 0.5).toFixed(2)}`,
        },
      });
  await tell({
    plot: {
      title: `Time with many finished runs, against ${(10 ** smallest).toLocaleString("en")}`,
      x: "finished runs, as a power of ten",
      y: "x the time",
      lines: Object.fromEntries(
        Object.keys(MEASURES).map((name) => [
          name,
          POWERS.map((power) => [power, at(of(name, power), 0.5) / at(of(name, smallest), 0.5)] as const),
        ]),
      ),
    },
  });
}

/** In ms. */
async function median(times: number, act: (n: number) => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let n = 0; n < times; n++) {
    const began = performance.now();
    await act(n);
    taken.push(performance.now() - began);
  }
  return at(taken, 0.5);
}

/** Rolled back each time, so that the same steps are there for the next. */
async function claim({ pool }: BenchDatabase): Promise<number> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    await start(client, UNITS);
    const ms = await median(TIMES, async () => {
      await client.query("savepoint before");
      const { rowCount } = await client.query("select * from steward_private.claim_steps('database', 0, null)");
      if ((rowCount ?? 0) < CLAIMED) throw new Error(`only ${rowCount} steps were claimed`);
      await client.query("rollback to before");
    });
    await client.query("rollback");
    return ms;
  } finally {
    client.release();
  }
}

async function pickUp({ pool, url }: BenchDatabase): Promise<number> {
  const stop = await startBenchWorker(url, tasks, "ours");
  await sleep(size(1_000, 100));
  const taken: number[] = [];
  for (let n = 0; n < TIMES; n++) {
    const id = crypto.randomUUID();
    const waiting = Promise.withResolvers<void>();
    begun.set(id, waiting);
    await pool.query("select steward.start_runs('bench', 'bench', array[$1::text])", [id]);
    const committed = performance.now();
    await waiting.promise;
    taken.push(Math.max(0, performance.now() - committed));
    await sleep(10);
  }
  await stop();
  return at(taken, 0.5);
}

async function drain({ pool, url }: BenchDatabase): Promise<number> {
  await start(pool, UNITS);
  const began = performance.now();
  const stop = await startBenchWorker(url, tasks, "ours");
  const open = "select 1 from steward.runs where status in ('pending', 'running') and kind = 'bench' limit 1";
  while ((await pool.query(open)).rowCount !== 0) await sleep(10);
  const ms = (performance.now() - began) / UNITS;
  await stop();
  return ms;
}

async function start(db: Pick<pg.ClientBase, "query">, runs: number): Promise<void> {
  await db.query(
    "select steward.start_runs('bench', 'bench', array(select gen_random_uuid()::text from generate_series(1, $1::int)))",
    [runs],
  );
}

/** Everything is as it was before, as after autovacuum. */
async function tidy(pool: pg.Pool): Promise<void> {
  await pool.query("truncate graphile_worker._private_jobs");
  await pool.query("delete from steward.steps where task not in ('pack', 'send')");
  await pool.query("delete from steward.runs where kind <> 'order'");
  await pool.query("vacuum (analyze) steward.steps, steward.runs, graphile_worker._private_jobs");
  await pool.query("checkpoint");
}
