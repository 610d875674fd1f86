// What becomes of steps whose worker, lease or job is gone: rescue_steps and the functions that mend, as workers call them.
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { createParts } from "steward/engine/mending";
import { openPool } from "steward/testing/server";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, untilRescuing } from "../helpers/database.ts";
import {
  type Begun,
  defineLifecycle,
  fail,
  jobsOf,
  mustBegin,
  request,
  startRun,
  statusOf,
  stepOf,
  stepsOf,
  succeed,
  violations,
} from "../helpers/lifecycle.ts";
import { code } from "../helpers/sql-error.ts";

const test = suite("rescue in SQL");
let database: TestDatabase;
let db: pg.Pool;

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
});
test.after(() => database.close());

test("a batch whose last worker died between its commit and its look is ended by mend_batches", async () => {
  const kind = await defineLifecycle(db, [{ name: "member", isBatch: true }]);
  const run = await startRun(db, kind);
  await request(db, run, "member", ["x", "y", "z"]);
  for (const { id } of await stepsOf(db, run)) {
    const begun = await mustBegin(db, id, 1);
    await db.query("select steward_private.succeed_steps($1, $2)", [[begun.step_id], [begun.lease]]);
  }
  assert.is(await statusOf(db, run), "running");
  const { rows } = await db.query<{ ids: string[] }>("select ended as ids from steward_private.mend_batches()");
  assert.equal(rows[0]?.ids, [run]);
  assert.is(await statusOf(db, run), "succeeded");
});

test("a worker that is gone gives up its steps, and one that kills its worker each time ends as failed", async () => {
  const kind = await defineLifecycle(db, [{ name: "a", maxAttempts: 3 }]);
  const run = await startRun(db, kind);
  const { id } = await stepOf(db, run, "a");
  await rescueLeft(db);
  for (let attempt = 1; attempt <= 3; attempt++) {
    const worker = await join(database.ownerUrl);
    await mustBegin(db, id, worker.id);
    assert.equal(await rescue(db), []); // it lives
    assert.is((await db.query("select from steward.workers where id = $1 and steps = 1", [worker.id])).rowCount, 1);
    await worker.client.end();
    await waitUntilGone(db, worker.id);
    assert.is((await db.query("select from steward.workers where id = $1", [worker.id])).rowCount, 0);
    if (attempt === 3) {
      assert.equal(await rescue(db), []); // it may come back, and say that it has lost nothing but its session
      await db.query("update steward.steps set expires_at = expires_at - interval '5 seconds' where id = $1", [id]);
    }
    assert.equal(
      (await rescue(db)).filter((row) => row.step_id === id).map((row) => row.reason),
      ["ST402"],
    );
  }
  const step = await stepOf(db, run, "a");
  assert.equal([step.status, step.attempts, step.error_code], ["failed", 3, "ST402"]);
  assert.is(await statusOf(db, run), "failed");
});

test("a worker whose session has ended, or that nobody knows, begins nothing", async () => {
  const run = await startRun(db, await defineLifecycle(db, [{ name: "a" }]));
  const { id } = await stepOf(db, run, "a");
  const worker = await join(database.ownerUrl);
  await worker.client.end();
  await waitUntilGone(db, worker.id);
  for (const workerId of [worker.id, worker.id + 1_000])
    assert.is(
      await code(db.query("select from steward_private.begin_jobs(array[$1::bigint], $2)", [id, workerId])),
      "ST404",
    );
  assert.equal((await stepOf(db, run, "a")).attempts, 0);
  await rescue(db);
  await db.query("select steward_private.cancel_runs($1)", [[run]]);
});

test("a worker comes back under its id while nobody has taken it for gone; what it held it gives back, also its last attempt", async () => {
  const run = await startRun(db, await defineLifecycle(db, [{ name: "a", maxAttempts: 1 }]));
  const { id } = await stepOf(db, run, "a");
  await rescueLeft(db);
  const worker = await join(database.ownerUrl);
  const begun = await mustBegin(db, id, worker.id);
  const rejoin = async (client: pg.Client) =>
    (await client.query<{ back: boolean }>("select steward_private.rejoin_workers($1) as back", [worker.id])).rows[0]
      ?.back;
  const again = new pg.Client({ connectionString: database.ownerUrl });
  await again.connect();
  assert.is(await rejoin(again), false); // its former session lingers
  await worker.client.end();
  await waitUntilGone(db, worker.id);
  assert.is(await rejoin(again), true);
  assert.equal(await rescue(db), []);
  await again.end();
  await waitUntilGone(db, worker.id);
  assert.equal(await rescue(db), []); // the last attempt is left to it for a moment
  assert.is(await fail(db, begun, "release"), "queued");
  assert.equal((await stepOf(db, run, "a")).attempts, 0);
  const late = new pg.Client({ connectionString: database.ownerUrl });
  await late.connect();
  assert.is(await rejoin(late), false); // taken for gone
  await late.end();
  await db.query("select steward_private.cancel_runs($1)", [[run]]);
});

test("an attempt that a rescue cut short is refunded when its worker says that it lives, once", async () => {
  const run = await startRun(db, await defineLifecycle(db, [{ name: "a" }]));
  const { id } = await stepOf(db, run, "a");
  await rescueLeft(db);
  const worker = await join(database.ownerUrl);
  const begun = await mustBegin(db, id, worker.id);
  await worker.client.end();
  await waitUntilGone(db, worker.id);
  assert.is((await rescue(db)).length, 1);
  const refund = () => db.query("select steward_private.refund_attempt($1, $2)", [begun.step_id, begun.lease]);
  const again = await mustBegin(db, id, 1);
  assert.is(again.attempt, 2);
  await refund();
  assert.is((await stepOf(db, run, "a")).attempts, 1);
  await refund(); // an attempt at work is always one of those counted
  assert.is((await stepOf(db, run, "a")).attempts, 1);
  await succeed(db, again);
  await refund();
  assert.is((await stepOf(db, run, "a")).attempts, 1);
});

test("so is one of which its worker hears late, after another attempt has succeeded", async () => {
  const run = await startRun(db, await defineLifecycle(db, [{ name: "a" }]));
  const { id } = await stepOf(db, run, "a");
  await rescueLeft(db);
  const worker = await join(database.ownerUrl);
  const begun = await mustBegin(db, id, worker.id);
  await worker.client.end();
  await waitUntilGone(db, worker.id);
  await rescue(db);
  await succeed(db, await mustBegin(db, id, 1));
  assert.is((await stepOf(db, run, "a")).attempts, 2);
  await db.query("select steward_private.refund_attempt($1, $2)", [begun.step_id, begun.lease]);
  assert.is((await stepOf(db, run, "a")).attempts, 1);
});

test("a worker gives back many attempts at once, rescued or not: none of them counts, and what ended otherwise stays as it is", async () => {
  const kind = await defineLifecycle(db, [
    { name: "held", maxAttempts: 1 },
    { name: "rescued" },
    { name: "done" },
    { name: "again" },
  ]);
  const run = await startRun(db, kind);
  const steps = await stepsOf(db, run);
  await rescueLeft(db);
  const worker = await join(database.ownerUrl);
  const begun = new Map<string, Begun>();
  for (const { id, name } of steps) begun.set(name, await mustBegin(db, id, worker.id));
  const of = (name: string) => begun.get(name) as Begun;
  await succeed(db, of("done"));
  await fail(db, of("again"), "release");
  await mustBegin(db, of("again").step_id, 1);
  await worker.client.end();
  await waitUntilGone(db, worker.id);
  assert.is((await rescue(db)).length, 1); // the last attempt is left to it for a moment
  const giveBack = async () =>
    (
      await db.query<{ ids: string[] }>("select steward_private.give_back($1, $2) as ids", [
        Array.from(begun.values(), ({ step_id }) => step_id),
        Array.from(begun.values(), ({ lease }) => lease),
      ])
    ).rows[0]?.ids;
  assert.equal(await giveBack(), [of("held").step_id]);
  assert.equal(await giveBack(), []);
  assert.equal((await stepsOf(db, run)).map((step) => `${step.name} ${step.status} ${step.attempts}`).sort(), [
    "again running 1",
    "done succeeded 1",
    "held queued 0",
    "rescued queued 0",
  ]);
  await db.query("update steward.steps set worker_id = null where run_id = $1", [run]);
  await db.query("select steward_private.cancel_runs($1)", [[run]]);
});

test("a worker that goes on under another id gives back what it never heard that it had begun, rescued or not, and nothing else", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }, { name: "last", maxAttempts: 1 }, { name: "heard" }]);
  const run = await startRun(db, kind);
  const steps = await stepsOf(db, run);
  await rescueLeft(db);
  const worker = await join(database.ownerUrl);
  for (const { id } of steps) await mustBegin(db, id, worker.id);
  await worker.client.end();
  await waitUntilGone(db, worker.id);
  assert.is((await rescue(db)).length, 2); // the last attempt is left to it for a moment
  const heard = steps.filter(({ name }) => name === "heard").map(({ id }) => id);
  await db.query("select steward_private.return_unheard($1, $2)", [worker.id, heard]);
  assert.equal((await stepsOf(db, run)).map((step) => `${step.name} ${step.status} ${step.attempts}`).sort(), [
    "a queued 0",
    "heard queued 1",
    "last queued 0",
  ]);
  await db.query("select steward_private.cancel_runs($1)", [[run]]);
});

test("whoever holds a run or a job of a worker that is gone holds up no rescue", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }, { name: "member", isBatch: true, maxAttempts: 1 }]);
  const run = await startRun(db, kind);
  await request(db, run, "member", ["x"]);
  await rescueLeft(db);
  const worker = await join(database.ownerUrl);
  const a = await mustBegin(db, (await stepOf(db, run, "a")).id, worker.id);
  const x = await mustBegin(db, (await stepOf(db, run, "member", "x")).id, worker.id);
  const { rows: jobs } = await db.query<{ id: string }>(
    "update graphile_worker._private_jobs set locked_by = 'test', locked_at = now() where id = (select id from graphile_worker.add_job('other')) returning id",
  );
  const client = await db.connect();
  await client.query("begin");
  await request(client, run, "member", ["x", "y"]);
  await client.query("select from graphile_worker._private_jobs where id = $1 for update", [jobs[0]?.id]);
  await worker.client.end();
  await waitUntilGone(db, worker.id);
  const patient = openPool(database.ownerUrl, { lock_timeout: 500, max: 1 }); // as a worker's session is
  assert.equal(
    (await rescue(patient)).map((row) => row.step_id),
    [a.step_id],
  );
  await patient.end();
  await client.query("commit");
  client.release();
  // Changed while it ran for the last time: it is tried again.
  assert.equal(
    (await rescue(db)).map((row) => row.step_id),
    [x.step_id],
  );
  assert.equal(
    (await stepsOf(db, run)).map((step) => `${step.name} ${step.status}`),
    ["a queued", "member queued", "member queued"],
  );
  await db.query("select steward_private.cancel_runs($1)", [[run]]);
});

test("an attempt past its timeout is taken away, although its worker lives", async () => {
  const kind = await defineLifecycle(db, [{ name: "a", timeout: 0.05 }]);
  const run = await startRun(db, kind);
  const { id } = await stepOf(db, run, "a");
  await rescueLeft(db);
  const worker = await join(database.ownerUrl);
  const old = await mustBegin(db, id, worker.id);
  await db.query("update steward.steps set expires_at = expires_at - interval '2 seconds' where id = $1", [id]);
  await sleep(60);
  assert.equal(await rescue(db), []); // a lock may have kept it from writing how it ended: it can now, for some seconds
  await db.query(
    "update steward.steps set expires_at = expires_at - interval '5 seconds', begun_at = begun_at - interval '1 hour' where id = $1",
    [id],
  );
  assert.equal(
    (await rescue(db)).map((row) => row.reason),
    ["ST401"],
  );
  assert.equal(await succeed(db, old), []);
  await succeed(db, await mustBegin(db, id, worker.id));
  await worker.client.end();
});

test("a step whose job was deleted by hand gets it back", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const run = await startRun(db, kind);
  await db.query("delete from graphile_worker._private_jobs");
  await db.query("update steward.steps set ready_at = now() - interval '11 seconds' where run_id = $1", [run]);
  for (const part of createParts()) await part(db);
  assert.equal(await jobsOf(db, run), ["a"]);
});

test("a job that a worker took while nobody knew it, and left locked, is unlocked", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const run = await startRun(db, kind);
  const lock = (minutes: number) =>
    db.query(
      `update graphile_worker._private_jobs set locked_by = 'pool-unknown', locked_at = now() - $2 * interval '1 minute'
       where key = 'step:' || (select id from steward.steps where run_id = $1)`,
      [run, minutes],
    );
  const isLocked = async () =>
    (await db.query("select from graphile_worker.jobs where locked_by = 'pool-unknown'")).rowCount;
  await lock(0);
  await db.query("select steward_private.mend_jobs()");
  assert.is(await isLocked(), 1);
  await lock(1);
  await db.query("select steward_private.mend_jobs()");
  assert.is(await isLocked(), 0);
  await succeed(db, await mustBegin(db, (await stepOf(db, run, "a")).id, 1));
});

test("the job of a step that was cancelled before any worker had its task does not wait for ever", async () => {
  const kind = await defineLifecycle(db, [{ name: "nobody_has_it" }]);
  const [cancelled, open] = [await startRun(db, kind), await startRun(db, kind)];
  await db.query("select steward_private.cancel_runs($1)", [[cancelled]]);
  await db.query("select steward_private.mend_jobs()");
  assert.equal([await jobsOf(db, cancelled), await jobsOf(db, open)], [[], ["nobody_has_it"]]);
  await db.query("select steward_private.cancel_runs($1)", [[open]]);
});

test("nothing of all this broke a promise", async () => {
  assert.equal(await violations(db), []);
});

test.run();

/** A worker that has joined, and lives as long as its connection. */
async function join(connectionString: string): Promise<{ id: number; client: pg.Client }> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query<{ id: number }>(
    "select steward_private.join_workers('test', 'test', 1, true) as id",
  );
  return { id: rows[0]?.id ?? 0, client };
}

async function waitUntilGone(pool: pg.Pool, workerId: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const { rows } = await pool.query(
      `select from pg_locks where locktype = 'advisory' and classid = 1398031447 and objid = $1 and granted
         and database = (select oid from pg_database where datname = current_database())`,
      [workerId],
    );
    if (rows.length === 0) return;
    await sleep(10);
  }
}

async function rescue(pool: pg.Pool): Promise<{ step_id: string; reason: string }[]> {
  return (await pool.query<{ step_id: string; reason: string }>("select * from steward_private.rescue_steps(-1)")).rows;
}

/** What earlier tests left is rescued now. */
async function rescueLeft(pool: pg.Pool): Promise<void> {
  await untilRescuing(pool);
  await rescue(pool);
}
