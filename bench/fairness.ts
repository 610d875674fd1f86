// What one person feels of a backlog: from the commit of a single signup to the beginning of its step, with nothing else to do and
// during the backlog of 100,000 users inserted in one statement; a real worker with the embedded drive. npm run bench -- fairness
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { PROJECT_ROOT } from "../server/config.ts";
import { size, tell } from "./helpers/figures.ts";
import { at, percentiles } from "./helpers/percentiles.ts";
import { openBenchDatabase } from "./helpers/postgres.ts";

const ROUNDS = size(5, 1);
/** In a round. */
const SINGLES = size(300, 5);
const BACKLOG = size(100_000, 500);
const THINK_MS = 50;

const database = await openBenchDatabase();
const worker = spawn(process.execPath, ["scripts/worker.ts"], {
  cwd: PROJECT_ROOT,
  env: { ...process.env, STEWARD_DATA_DIR: database.folder, LOG_LEVEL: "warn" },
  stdio: ["ignore", "inherit", "inherit"],
});
const client = new pg.Client({ connectionString: database.url });
try {
  await client.connect();
  await signUp(size(50, 5)); // the first ones find nothing warm
  const idle = await measure();
  const begun = performance.now();
  await client.query("insert into app_public.users (username) select 'bulk' || n from generate_series(1, $1::int) n", [
    BACKLOG,
  ]);
  console.log(`${BACKLOG} users inserted in ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
  await sleep(2_000);
  const during = await measure();
  await tell({
    figure: {
      what: `a single signup's first step during a backlog of ${BACKLOG}: commit to begin, p99`,
      unit: "x idle",
      rounds: during.map((round, index) => at(round, 0.99) / at(idle[index] ?? [], 0.99)),
      atMost: 1.5,
      detail: `ms p50 / p99 ${percentiles(during.flat())} against ${percentiles(idle.flat())}; of the backlog ${(await bulkRate()).toFixed(0)} steps/s meanwhile`,
    },
  });
} finally {
  await client.end();
  worker.kill("SIGTERM");
  await once(worker, "exit");
  await database.close();
}

/** By round. */
async function measure(): Promise<number[][]> {
  const rounds: number[][] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await signUp(SINGLES));
  return rounds;
}

/** How long each of the signups waited for its first step, in ms. */
async function signUp(count: number): Promise<number[]> {
  const committed = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const { rows } = await client.query<{ id: string }>(
      "insert into app_public.users (username) values ($1) returning id",
      [`single-${crypto.randomUUID()}`],
    );
    committed.set(rows[0]?.id ?? "", performance.timeOrigin + performance.now());
    await sleep(THINK_MS);
  }
  await sleep(1_000);
  const { rows } = await client.query<{ subject_id: string; began: number }>(
    `select r.subject_id, extract(epoch from min(s.started_at))::float8 * 1000 as began
     from steward.runs r join steward.steps s on s.run_id = r.id
     where r.subject_id = any ($1) group by r.subject_id`,
    [[...committed.keys()]],
  );
  // A step that has not begun by now counts with all the time since.
  const now = performance.timeOrigin + performance.now();
  return rows.map(({ subject_id, began }) => Math.max(0, (began ?? now) - (committed.get(subject_id) ?? 0)));
}

async function bulkRate(): Promise<number> {
  const { rows } = await client.query<{ rate: number }>(
    `select count(*)::float8 / extract(epoch from max(finished_at) - min(finished_at))::float8 as rate
     from steward.steps where priority >= 10 and finished_at is not null`,
  );
  return rows[0]?.rate ?? 0;
}
