// One, two and four worker processes on this machine: steps a second of a backlog, and of single runs. npm run bench -- workers
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { size, tell } from "./helpers/figures.ts";
import { at } from "./helpers/percentiles.ts";
import { openBenchDatabase } from "./helpers/postgres.ts";
import { NOOP_LIFECYCLE } from "./helpers/worker.ts";

const WORKERS = [1, 2, 4] as const;
const ROUNDS = size(5, 1);
const UNITS = size(50_000, 200);
const KINDS = { backlog: UNITS, "single runs": 10 };
type Kind = keyof typeof KINDS;
/** By an index, for the first that is left: to count them would take a good part of a processor from what is measured. */
const LEFT = "select 1 from steward.runs where status in ('pending', 'running') order by subject_id limit 1";
const kinds = Object.keys(KINDS) as Kind[];

const database = await openBenchDatabase();
const { pool, url } = database;
try {
  await pool.query(NOOP_LIFECYCLE);
  const rates = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round++)
    for (const kind of kinds)
      for (const workers of WORKERS) {
        const rate = await drain(kind, workers);
        rates.set(`${kind} ${workers}`, [...(rates.get(`${kind} ${workers}`) ?? []), rate]);
      }
  const of = (kind: Kind, workers: number) => rates.get(`${kind} ${workers}`) ?? [];
  for (const kind of kinds)
    for (const workers of WORKERS.slice(1))
      await tell({
        figure: {
          what: `${UNITS} steps, ${kind}: ${workers} worker processes`,
          unit: "x the steps/s of one",
          rounds: of(kind, workers).map((rate, round) => rate / (of(kind, 1)[round] ?? Number.NaN)),
          atLeast: 1,
          detail: `${at(of(kind, workers), 0.5).toFixed(0)} steps/s against ${at(of(kind, 1), 0.5).toFixed(0)}`,
        },
      });
  await tell({
    plot: {
      title: "Steps a second by worker processes, median of all rounds",
      x: "worker processes",
      y: "steps/s",
      lines: Object.fromEntries(
        kinds.map((kind) => [kind, WORKERS.map((workers) => [workers, at(of(kind, workers), 0.5)] as const)]),
      ),
    },
  });
} finally {
  await database.close();
}

async function drain(kind: Kind, workers: number): Promise<number> {
  await pool.query("truncate steward.runs, steward.steps, graphile_worker._private_jobs");
  const together = KINDS[kind];
  for (let n = 0; n < UNITS; n += together)
    await pool.query(
      "select steward.start_runs('bench', 'bench', array(select gen_random_uuid()::text from generate_series(1, $1::int)))",
      [together],
    );
  await pool.query("analyze");
  const processes = await Promise.all(Array.from({ length: workers }, start));
  const begun = performance.now();
  for (const worker of processes) worker.send("go");
  while ((await pool.query(LEFT)).rowCount !== 0) await sleep(20);
  const rate = UNITS / ((performance.now() - begun) / 1_000);
  for (const worker of processes) worker.send("stop");
  await Promise.all(processes.map((worker) => once(worker, "exit")));
  return rate;
}

/** A process that has loaded everything and waits for the word. */
async function start(): Promise<ChildProcess> {
  const worker = fork(new URL("./servers/worker.ts", import.meta.url), [url]);
  await once(worker, "message");
  return worker;
}
