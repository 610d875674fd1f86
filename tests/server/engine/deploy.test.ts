// A deploy: workers of two versions side by side. A worker is given only what it can do, and what nobody can do yet is waited for.
import type pg from "pg";
import type { Work } from "steward/engine/step";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../../helpers/database.ts";
import { startEngine, type TestEngine } from "../../helpers/engine.ts";
import { defineLifecycle, startRun, startRuns, stepsOf, violations } from "../../helpers/lifecycle.ts";

const MANY = 200;
const test = suite("deploy");
const GENEROUS = { timeoutMs: 30_000 };
const done: Work = async () => undefined;
let database: TestDatabase;
let db: pg.Pool;
let old: TestEngine;

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
  old = await startWorker("known");
});
test.after(async () => {
  await old.stop();
  await database.close();
});

test("an old worker leaves alone what it lacks, alone or in bulk, works past it, and a new one does it", async () => {
  const fresh = await defineLifecycle(db, [{ name: "fresh", maxAttempts: 1 }]);
  const runs = [...(await startRuns(db, fresh, MANY)), await startRun(db, fresh)];
  const known = await defineLifecycle(db, [{ name: "known" }]);
  const others = [...(await startRuns(db, known, MANY)), await startRun(db, known)];
  await waitFor(() => haveAll(others, "succeeded"), GENEROUS);

  assert.ok(await haveAll(runs, "queued"));
  assert.equal((await db.query("select lacking from steward.backlog where lane = 'database'")).rows, [
    { lacking: ["fresh"] },
  ]);
  assert.equal((await db.query("select state from steward.jobs where task = 'fresh'")).rows, [{ state: "no worker" }]);
  const { rows } = await db.query(
    "select distinct steward.steps_waits_for(s) as why from steward.steps s where run_id = any ($1)",
    [runs],
  );
  assert.equal(rows, [{ why: "No worker has the task fresh; it begins as soon as one has." }]);

  const next = await startWorker("known", "fresh");
  await waitFor(() => haveAll(runs, "succeeded"), GENEROUS);
  await next.stop();
  assert.ok((await stepsOfAll(runs)).every((step) => step.attempts === 1));
});

test("a step that nobody can do makes no worker look more often than each second", async () => {
  const runs = await startRuns(db, await defineLifecycle(db, [{ name: "nobodys" }]), MANY);
  const transactions = async () => {
    const { rows } = await db.query<{ n: number }>(
      "select pg_stat_get_db_xact_commit(oid)::int as n from pg_database where datname = current_database()",
    );
    return rows[0]?.n ?? 0;
  };
  await db.query("select pg_sleep(1.5)"); // what sessions did before comes into the statistics late
  const before = await transactions();
  await db.query("select pg_sleep(3)");
  const perSecond = ((await transactions()) - before) / 3;
  assert.ok(perSecond < 50, `${perSecond} transactions/s`);
  await db.query("select steward_private.cancel_runs($1)", [runs]);
});

test("open steps follow when their definition names another task", async () => {
  const kind = await defineLifecycle(db, [{ name: "a", task: "former" }]);
  const runs = [...(await startRuns(db, kind, MANY)), await startRun(db, kind)];
  await db.query("update steward.lifecycle_steps set task = 'known' where kind = $1", [kind]);
  await waitFor(() => haveAll(runs, "succeeded"), GENEROUS);
  assert.equal((await db.query("select from graphile_worker.jobs where task_identifier = 'former'")).rows, []);
});

test("a job of before its step had another task brings the step to a worker that has it", async () => {
  const kind = await defineLifecycle(db, [{ name: "a", task: "former" }]);
  const run = await startRun(db, kind);
  await db.query("update steward.steps set task = 'known' where run_id = $1", [run]);
  const former = await startWorker("former");
  await waitFor(() => haveAll([run], "succeeded"), GENEROUS);
  await former.stop();
});

test("nothing of all this broke a promise", async () => assert.equal(await violations(db), []));

/** A worker of a version with these tasks. */
function startWorker(...tasks: readonly string[]): Promise<TestEngine> {
  const works = Object.fromEntries(tasks.map((task) => [task, done]));
  return startEngine({ connectionString: database.ownerUrl, works });
}

async function stepsOfAll(runs: readonly string[]) {
  return (await Promise.all(runs.map((run) => stepsOf(db, run)))).flat();
}

async function haveAll(runs: readonly string[], status: string): Promise<boolean> {
  return (await stepsOfAll(runs)).every((step) => step.status === status);
}

test.run();
