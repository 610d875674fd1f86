// test-timeout: 180
// kill -9 of a worker with 20 steps running: all of them run again elsewhere, each time within seconds (bench/rescue.ts measures it).
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { violations } from "../helpers/lifecycle.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { allSucceeded, joined, signUp } from "../helpers/workers.ts";

const test = suite("kill -9");
const KILLS = 6;
const STEPS = 20;
const BOUND_MS = 5_000;
let database: TestDatabase;
let providers: TestProviders;
let db: pg.Pool;
let survivor: TestWorker;

test.before(async () => {
  [database, providers] = await Promise.all([createDatabase(), startProviders()]);
  db = database.pool;
});
test.after(async () => {
  await survivor.stop();
  await Promise.all([providers.close(), database.close()]);
});

test(`${KILLS} kills of workers with ${STEPS} steps running, npm run worker and npx graphile-worker in turns`, async () => {
  await db.query("update steward.lanes set places = null where name = 'drive'"); // or a slow drive would be asked for four at a time
  survivor = await start("worker");
  for (let round = 0; round < KILLS; round++) {
    const victim = survivor;
    await db.query("select steward_private.cancel_runs(array(select id from steward.runs where finished_at is null))");
    // An account takes longer to make than the whole round.
    providers.drive.faults.setLatency({ min: 15_000, max: 15_000 });
    await signUp(db, STEPS);
    const victimId = await joined(db, victim);
    const steps = await waitFor(() => heldBy(victimId), { timeoutMs: 30_000, what: "20 running steps" });
    survivor = await start(round % 2 === 0 ? "cli" : "worker");
    const survivorId = await joined(db, survivor);
    assert.is((await heldBy(victimId))?.length, STEPS);

    victim.kill("SIGKILL");
    await waitFor(async () => (await heldBy(survivorId, steps)) !== undefined, {
      timeoutMs: BOUND_MS,
      what: "the rescue",
    });
    await victim.exited;
  }
});

test("what was rescued is done once: one account for each user, nothing broken", async () => {
  providers.drive.faults.setLatency({ min: 0, max: 0 });
  await db.query("select steward_private.retry_runs(array(select id from steward.runs where status = 'cancelled'))");
  await allSucceeded(db);
  const { rows } = await db.query<{ n: number }>(
    "select count(*)::int as n from app_public.drive_accounts where status = 'active'",
  );
  assert.is(rows[0]?.n, KILLS * STEPS);
  assert.is(providers.drive.state().filter((account) => account.id.startsWith("sd_")).length, KILLS * STEPS);
  assert.equal(await violations(db), []);
});

test.run();

async function start(kind: "worker" | "cli"): Promise<TestWorker> {
  const worker = startWorker({
    kind,
    databaseUrl: database.ownerUrl,
    apiUrl: database.apiUrl,
    env: providers.env,
    concurrency: STEPS + 4,
  });
  await joined(db, worker);
  return worker;
}

/** The ids of all 20 drive steps that the worker runs (those given, or any); undefined while they are fewer. */
async function heldBy(workerId: number, ids?: readonly string[]): Promise<string[] | undefined> {
  const { rows } = await db.query<{ id: string }>(
    `select id from steward.steps
     where worker_id = $1 and status = 'running' and lane = 'drive' and ($2::bigint[] is null or id = any ($2))`,
    [workerId, ids ?? null],
  );
  return rows.length === STEPS ? rows.map((row) => row.id) : undefined;
}
