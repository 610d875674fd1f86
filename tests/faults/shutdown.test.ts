// test-timeout: 120
// Workers that are asked to end: what is unfinished is returned at once, exit code 0 within a bound, also while Postgres is away.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { layCable } from "../helpers/cable.ts";
import { createDatabase, type TestDatabase, untilRescuing, waitFor } from "../helpers/database.ts";
import { violations } from "../helpers/lifecycle.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { allSucceeded, joined, signUp } from "../helpers/workers.ts";

const test = suite("shutdown");
const GENEROUS = { timeoutMs: 30_000 };
/** Five seconds to end by themselves, five to record what could not, and a loaded machine. */
const BOUND_MS = 20_000;
let database: TestDatabase;
let providers: TestProviders;
let db: pg.Pool;

test.before(async () => {
  [database, providers] = await Promise.all([createDatabase(), startProviders()]);
  db = database.pool;
  await db.query("update steward.lanes set places = null where name = 'drive'"); // or four slow accounts would hold up the fifth
});
test.after(async () => {
  await Promise.all([providers.close(), database.close()]);
});

test("SIGTERM with steps running: they are returned without an attempt used, exit code 0", async () => {
  const worker = await startBusy();
  const { code, took } = await end(worker, "SIGTERM");
  assert.is(code, 0);
  assert.ok(took < BOUND_MS, `it took ${took.toFixed(0)} ms`);
  const { rows } = await db.query(
    "select distinct status, attempts, worker_id from steward.steps where name = 'drive_account'",
  );
  assert.equal(rows, [{ status: "queued", attempts: 0, worker_id: null }]);
  const { rows: locked } = await db.query("select from graphile_worker.jobs where locked_at is not null");
  assert.is(locked.length, 0);
  assert.equal((await db.query("select from steward_private.workers")).rows, []);
});

test("SIGTERM while somebody has locked what is to be returned, and the queue: no attempt is used up either", async () => {
  const worker = await startBusy();
  const holder = await db.connect();
  await holder.query("begin");
  await holder.query("select from steward.runs for update");
  await holder.query("lock table graphile_worker._private_jobs in exclusive mode");
  const { code, took } = await end(worker, "SIGTERM");
  await holder.query("commit");
  holder.release();
  assert.is(code, 0);
  assert.ok(took < BOUND_MS, `it took ${took.toFixed(0)} ms`);
  await db.query("select pg_sleep(1)"); // until the server has noticed
  await untilRescuing(db);
  await db.query("select steward_private.rescue_steps(-1)");
  const { rows } = await db.query("select distinct status, attempts from steward.steps where name = 'drive_account'");
  assert.equal(rows, [{ status: "queued", attempts: 0 }]);
});

test("a second signal ends it at once; what it held is rescued", async () => {
  const worker = await startBusy();
  const ending = end(worker, "SIGTERM");
  await waitFor(() => worker.log().includes("stopping"), GENEROUS);
  worker.kill("SIGINT"); // the same one again would be taken for an echo of the first
  const { code, took } = await ending;
  assert.is(code, 1);
  assert.ok(took < 4_000, `it took ${took.toFixed(0)} ms`);
});

test("SIGTERM while Postgres does not answer: exit code 0 within the bound", async () => {
  const cable = await layCable(database.ownerUrl);
  const worker = await startBusy(cable.url);
  cable.cut();
  const { code, took } = await end(worker, "SIGTERM");
  console.log(`\nSIGTERM behind a cut cable: ${took.toFixed(0)} ms`);
  assert.is(code, 0);
  assert.ok(took < 2 * BOUND_MS, `it took ${took.toFixed(0)} ms`);
  await cable.close();
});

test("afterwards another worker does it all", async () => {
  providers.drive.faults.setLatency({ min: 0, max: 0 });
  const worker = start();
  await allSucceeded(db);
  assert.equal(await violations(db), []);
  await worker.stop();
});

test.run();

function start(databaseUrl = database.ownerUrl): TestWorker {
  return startWorker({ databaseUrl, apiUrl: database.apiUrl, env: providers.env });
}

/** A worker in the middle of five steps that take longer than anybody waits. */
async function startBusy(databaseUrl?: string): Promise<TestWorker> {
  providers.drive.faults.setLatency({ min: 60_000, max: 60_000 });
  const worker = start(databaseUrl);
  const id = await joined(db, worker);
  await signUp(db, 5);
  const isBusy = async () => {
    const { rows } = await db.query("select from steward.steps where worker_id = $1 and name = 'drive_account'", [id]);
    return rows.length >= 5;
  };
  await waitFor(isBusy, GENEROUS);
  return worker;
}

async function end(worker: TestWorker, signal: NodeJS.Signals): Promise<{ code: number | null; took: number }> {
  const startedAt = performance.now();
  worker.kill(signal);
  const { code } = await worker.exited;
  return { code, took: performance.now() - startedAt };
}
