// kill -9 of a worker: how long until all of its steps run in another one, which had joined before. npm run bench -- rescue
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { size, tell } from "./helpers/figures.ts";
import { openBenchDatabase } from "./helpers/postgres.ts";
import { CONCURRENCY } from "./helpers/worker.ts";

const KILLS = size(20, 2);
/** For five seconds after Postgres started nobody is rescued. */
const RESCUING =
  "select pg_sleep(greatest(0, extract(epoch from pg_postmaster_start_time() + interval '6 s' - now())))";

const database = await openBenchDatabase();
const { pool, url } = database;
try {
  await pool.query("select steward.define_lifecycle('held', 'Steps that never end.', $1)", [
    { hold: { lane: "database", timeout: "1 h", max_attempts: KILLS + 1 } },
  ]);
  let victim = await start();
  await pool.query("select steward.start_runs('held', 'bench', array(select n::text from generate_series(1, $1) n))", [
    CONCURRENCY,
  ]);
  await begunBy(victim);
  await pool.query(RESCUING);
  const rounds: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const survivor = await start();
    await sleep(1_000 + (kill / KILLS) * 1_000); // it looks each second: every kill at another moment between two looks
    const killedAt = performance.now();
    victim.kill("SIGKILL");
    await begunBy(survivor);
    rounds.push(performance.now() - killedAt);
    victim = survivor;
  }
  victim.kill("SIGKILL");
  const what = `kill -9 of a worker to all of its ${CONCURRENCY} steps running elsewhere`;
  await tell({ figure: { what: `${what}, median`, unit: "ms", rounds, atMost: 1_200 } });
  await tell({
    figure: { what: `${what}, slowest of ${KILLS}`, unit: "ms", rounds: [Math.max(...rounds)], atMost: 2_500 },
  });
} finally {
  await database.close();
}

async function start(): Promise<ChildProcess> {
  const worker = fork(new URL("./servers/holder.ts", import.meta.url), [url]);
  await once(worker, "message");
  return worker;
}

/** Resolves when the worker has begun them all. */
async function begunBy(worker: ChildProcess): Promise<void> {
  const all = Promise.withResolvers<void>();
  let left = CONCURRENCY;
  worker.on("message", () => --left === 0 && all.resolve());
  await all.promise;
}
