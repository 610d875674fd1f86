// test-timeout: 180
// Workers that live but do not act: stopped by SIGSTOP, busy without end, dying of their own job. Others take over, once.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { defineLifecycle, startRun, statusOf, stepOf, violations } from "../helpers/lifecycle.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { allSucceeded, joined, signUp, workerIdOf } from "../helpers/workers.ts";

const test = suite("stopped workers");
const GENEROUS = { timeoutMs: 45_000 };
let database: TestDatabase;
let providers: TestProviders;
let db: pg.Pool;

test.before(async () => {
  [database, providers] = await Promise.all([createDatabase(), startProviders()]);
  db = database.pool;
  await db.query("create table app_private.test_marks (run_id uuid, mark text)");
});
test.after(async () => {
  await Promise.all([providers.close(), database.close()]);
});

test("SIGSTOP past the timeout: the steps run elsewhere, and after SIGCONT the old attempts change nothing", async () => {
  await db.query("update steward.lifecycle_steps set timeout = '4 seconds' where lane = 'drive'");
  providers.drive.faults.setLatency({ min: 300, max: 600 });
  const stopped = start();
  const stoppedId = await joined(db, stopped);
  await signUp(db, 5);
  await waitFor(async () => (await countSteps("worker_id = $1 and lane = 'drive'", stoppedId)) === 5, GENEROUS);
  // One request is at the drive: what was about to be written when a process is stopped, it writes when it goes on.
  await waitFor(() => [...providers.drive.counts.keys()].some((request) => request.startsWith("POST")), GENEROUS);
  stopped.kill("SIGSTOP");
  const other = start();
  await joined(db, other);
  await allSucceeded(db);

  const before = { inside: await inside(), outside: outside() };
  stopped.kill("SIGCONT");
  await waitFor(() => stopped.log().includes("lost its lease"), { ...GENEROUS, what: "the old attempts' end" });
  const id = await waitFor(() => workerIdOf(db, stopped.pid), { ...GENEROUS, what: "the worker's return" });
  assert.ok(id > stoppedId);
  await waitFor(async () => (await countSteps("worker_id is not null")) === 0, GENEROUS);
  assert.equal({ inside: await inside(), outside: outside() }, before);

  // It is a worker like any other again.
  await other.stop();
  await signUp(db, 2);
  await allSucceeded(db);
  await stopped.stop();
  providers.drive.faults.setLatency({ min: 0, max: 0 });
});

test("a worker stopped within a transaction keeps its locks for seconds only; what it wrote is gone", async () => {
  const kind = await defineLifecycle(db, [{ name: "write" }]);
  const stopped = startOwn();
  await waitFor(() => stopped.log().includes("ready"), GENEROUS);
  const run = await startRun(db, kind);
  await waitFor(() => stopped.log().includes("in transaction"), GENEROUS);
  stopped.kill("SIGSTOP");
  const stoppedAt = performance.now();
  const other = startOwn();
  await waitFor(async () => (await statusOf(db, run)) === "succeeded", GENEROUS);
  const took = performance.now() - stoppedAt;
  stopped.kill("SIGCONT");
  await waitFor(() => stopped.log().includes("lost its lease"), GENEROUS);
  const { rows } = await db.query("select mark from app_private.test_marks where run_id = $1", [run]);
  assert.equal(rows, [{ mark: String(other.pid) }]);
  assert.ok(took < 20_000, `it took ${took.toFixed(0)} ms`);
  await Promise.all([stopped.stop(), other.stop()]);
});

test("a step that blocks its process is taken away from it", async () => {
  const kind = await defineLifecycle(db, [{ name: "spin", maxAttempts: 1 }]);
  const busy = startOwn();
  await waitFor(() => busy.log().includes("ready"), GENEROUS);
  const run = await startRun(db, kind);
  await waitFor(() => busy.log().includes("spinning"), GENEROUS);
  const other = startOwn();
  await waitFor(async () => (await statusOf(db, run)) === "failed", GENEROUS);
  assert.is((await stepOf(db, run, "spin")).error_code, "ST402");
  busy.kill("SIGKILL");
  await Promise.all([busy.exited, other.stop()]);
});

test("a job that kills its worker each time ends as failed, not as an endless loop", async () => {
  const kind = await defineLifecycle(db, [{ name: "burn", maxAttempts: 3 }]);
  const run = await startRun(db, kind);
  let deaths = 0;
  while (deaths < 3) {
    const worker = startOwn();
    assert.is((await worker.exited).signal, "SIGKILL");
    deaths++;
  }
  const last = startOwn();
  await waitFor(async () => (await statusOf(db, run)) === "failed", GENEROUS);
  const { status, attempts, error_code } = await stepOf(db, run, "burn");
  assert.equal({ status, attempts, error_code }, { status: "failed", attempts: 3, error_code: "ST402" });
  await last.stop();
});

test("nothing of all this broke a promise", async () => {
  assert.equal(await violations(db), []);
});

test.run();

function start(): TestWorker {
  return startWorker({ databaseUrl: database.ownerUrl, apiUrl: database.apiUrl, env: providers.env });
}

/** One with the tasks of own-worker.ts. */
function startOwn(): TestWorker {
  return startWorker({
    kind: "tests/faults/own-worker.ts",
    args: [database.ownerUrl],
    databaseUrl: database.ownerUrl,
    apiUrl: database.apiUrl,
  });
}

async function countSteps(condition: string, ...values: unknown[]): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from steward.steps where ${condition}`,
    values,
  );
  return rows[0]?.n ?? 0;
}

/** Everything of ours that an attempt could change. */
async function inside(): Promise<unknown> {
  const { rows } = await db.query(
    `select (select json_agg(r order by r.id) from steward.runs r) as runs,
       (select json_agg(s order by s.id) from steward.steps s) as steps,
       (select json_agg(a order by a.user_id) from app_public.drive_accounts a) as accounts`,
  );
  return rows[0];
}

/** What the drive holds, and how often it was asked to change anything. */
function outside(): unknown {
  const changes = [...providers.drive.counts].filter(([what]) => /^(POST|PUT|DELETE) \S+(users|files)/.test(what));
  return { accounts: providers.drive.state(), changes };
}
