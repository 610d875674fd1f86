// What a worker process with nothing to do costs the database: transactions a second. npm run bench -- idle
import { setTimeout as sleep } from "node:timers/promises";
import { defineTask } from "steward/engine/define-task";
import { size, tell } from "./helpers/figures.ts";
import { openBenchDatabase } from "./helpers/postgres.ts";
import { NOOP_LIFECYCLE, startBenchWorker } from "./helpers/worker.ts";

const ROUNDS = size(5, 1);
const SECONDS = size(20, 2);

const database = await openBenchDatabase();
const { pool, url } = database;
/** Our own, which count too. */
let looks = 0;
try {
  await pool.query(NOOP_LIFECYCLE);
  const stop = await startBenchWorker(url, { noop: defineTask(async () => undefined) }, "ours");
  await sleep(size(10_000, 500)); // what it does once, as it starts
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = await transactions();
    await sleep(SECONDS * 1_000);
    const after = await transactions();
    rounds.push((after.count - before.count) / ((after.at - before.at) / 1_000));
  }
  await stop();
  await tell({ figure: { what: "a worker process with nothing to do", unit: "transactions/s", rounds, atMost: 2 } });
} finally {
  await database.close();
}

async function transactions(): Promise<{ count: number; at: number }> {
  await sleep(1_200); // statistics of sessions come in late
  const { rows } = await pool.query<{ commits: string }>(
    "select xact_commit as commits from pg_stat_database where datname = current_database()",
  );
  return { count: Number(rows[0]?.commits) - looks++, at: performance.now() };
}
