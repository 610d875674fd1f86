// The engine's SQL: runs, steps, leases and what follows what, as workers call it.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import {
  begin,
  defineLifecycle,
  fail,
  jobsOf,
  knowWorker,
  makeDue,
  mustBegin,
  request,
  startRun,
  startRuns,
  statusOf,
  stepOf,
  stepsOf,
  succeed,
  violations,
} from "../helpers/lifecycle.ts";
import { untilBlocked } from "../helpers/locks.ts";
import { code } from "../helpers/sql-error.ts";

const test = suite("engine in SQL");
let database: TestDatabase;
let db: pg.Pool;

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
});
test.after(() => database.close());

test("a run, its steps and their jobs commit together or not at all", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }, { name: "b", after: ["a"] }]);
  const client = await db.connect();
  await client.query("begin");
  const lost = await startRun(client, kind);
  await client.query("rollback");
  client.release();
  assert.is(await statusOf(db, lost), undefined);
  assert.equal(await jobsOf(db, lost), []);

  const run = await startRun(db, kind);
  assert.is(await statusOf(db, run), "pending");
  assert.equal(
    (await stepsOf(db, run)).map((step) => `${step.name} ${step.status}`),
    ["a queued", "b waiting"],
  );
  assert.equal(await jobsOf(db, run), ["a"]);
});

test("one open run of a kind for each subject, another once it has ended", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const subject = "11111111-1111-4111-8111-111111111111";
  const start = () =>
    db.query<{ ids: string[] }>("select steward.start_runs($1, 'app_public.users', $2) as ids", [kind, [subject]]);
  const [first] = (await start()).rows[0]?.ids ?? [];
  assert.equal((await start()).rows[0]?.ids, []);
  await succeed(db, await mustBegin(db, (await stepOf(db, String(first), "a")).id, 1));
  assert.is(await statusOf(db, String(first)), "succeeded");
  assert.is((await start()).rows[0]?.ids.length, 1);
});

test("a step begins once, however many workers try at the same time", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const { id } = await stepOf(db, await startRun(db, kind), "a");
  const begun = await Promise.all(Array.from({ length: 8 }, (_, worker) => begin(db, id, worker)));
  assert.is(begun.filter(Boolean).length, 1);
});

test("an attempt that lost its lease can neither succeed, fail, note progress nor write", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const run = await startRun(db, kind);
  const { id } = await stepOf(db, run, "a");
  const old = await mustBegin(db, id, 1);
  await fail(db, old, "release");
  const present = await mustBegin(db, id, 2);

  assert.equal(await succeed(db, old), []);
  assert.is(await code(fail(db, old, "later")), "ST404");
  assert.is(await code(db.query("select steward_private.fence_step($1, $2)", [old.step_id, old.lease])), "ST404");
  const { status, attempts, lease } = await stepOf(db, run, "a");
  assert.equal([status, attempts, lease], ["running", 1, present.lease]);

  assert.equal(await succeed(db, present), [id]);
  assert.is(await code(fail(db, present, "later")), "ST404");
  assert.is(await statusOf(db, run), "succeeded");
});

test("what a fenced transaction writes waits out whoever would take the lease", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const begun = await mustBegin(db, (await stepOf(db, await startRun(db, kind), "a")).id, 1);
  const client = await db.connect();
  await client.query("begin");
  await client.query("select steward_private.fence_step($1, $2)", [begun.step_id, begun.lease]);
  let taken = false;
  const taking = db.query("select steward_private.cancel_runs($1)", [[begun.run_id]]).then(() => {
    taken = true;
  });
  await untilBlocked(db);
  assert.is(taken, false);
  await client.query("commit");
  client.release();
  await taking;
  assert.is(await code(db.query("select steward_private.fence_step($1, $2)", [begun.step_id, begun.lease])), "ST404");
});

test("what follows a step is enqueued in the transaction that ends it", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }, { name: "b", after: ["a"] }]);
  const run = await startRun(db, kind);
  const begun = await mustBegin(db, (await stepOf(db, run, "a")).id, 1);
  const client = await db.connect();
  await client.query("begin");
  await client.query("select steward_private.succeed_steps($1, $2)", [[begun.step_id], [begun.lease]]);
  assert.equal(await jobsOf(client, run), ["a", "b"]);
  await client.query("rollback");
  client.release();
  assert.is((await stepOf(db, run, "b")).status, "waiting");
  assert.equal(await jobsOf(db, run), ["a"]);
  await succeed(db, begun);
  assert.is((await stepOf(db, run, "b")).status, "queued");
});

test("a batch with many finishing at the same moment ends its run exactly once", async () => {
  const kind = await defineLifecycle(db, [{ name: "link" }, { name: "member", isBatch: true, after: ["link"] }]);
  const ended: string[] = [];
  for (let round = 0; round < 10; round++) {
    const run = await startRun(db, kind);
    await request(db, run, "member", names(20));
    await succeed(db, await mustBegin(db, (await stepOf(db, run, "link")).id, 1));
    const begun = await Promise.all(
      (await stepsOf(db, run)).filter((step) => step.item !== null).map((step) => mustBegin(db, step.id, 1)),
    );
    await Promise.all(
      begun.map(async (step) => {
        await db.query("select steward_private.succeed_steps($1, $2)", [[step.step_id], [step.lease]]);
        const { rows } = await db.query<{ ids: string[] }>("select steward_private.settle_steps($1) as ids", [
          [step.step_id],
        ]);
        ended.push(...(rows[0]?.ids ?? []));
      }),
    );
    assert.is(await statusOf(db, run), "succeeded");
    assert.equal(ended.splice(0), [run]);
  }
  const { rows } = await db.query("select total, done, failed from steward.runs where kind = $1", [kind]);
  for (const row of rows) assert.equal(row, { total: 21, done: 21, failed: 0 });
});

test("a member that failed for good fails the run, keeps the others, and a retry re-does only it", async () => {
  const kind = await defineLifecycle(db, [
    { name: "link" },
    { name: "member", isBatch: true, after: ["link"] },
    { name: "last", after: ["member"] },
  ]);
  const run = await startRun(db, kind);
  await request(db, run, "member", ["x", "y"]);
  await succeed(db, await mustBegin(db, (await stepOf(db, run, "link")).id, 1));
  await succeed(db, await mustBegin(db, (await stepOf(db, run, "member", "x")).id, 1));
  assert.is(await fail(db, await mustBegin(db, (await stepOf(db, run, "member", "y")).id, 1), "never"), "failed");
  assert.is(await statusOf(db, run), "failed");
  assert.is((await stepOf(db, run, "last")).status, "cancelled");
  const { rows } = await db.query("select total, done, failed, error_code from steward.runs where id = $1", [run]);
  assert.equal(rows[0], { total: 4, done: 2, failed: 2, error_code: "ST403" });

  await db.query("select steward_private.retry_runs($1)", [[run]]);
  assert.equal(
    (await stepsOf(db, run)).map((step) => `${step.name} ${step.status}`),
    ["link succeeded", "last waiting", "member succeeded", "member queued"],
  );
  await succeed(db, await mustBegin(db, (await stepOf(db, run, "member", "y")).id, 1));
  await succeed(db, await mustBegin(db, (await stepOf(db, run, "last")).id, 1));
  assert.is(await statusOf(db, run), "succeeded");
  const { rows: after } = await db.query("select total, done, failed from steward.runs where id = $1", [run]);
  assert.equal(after[0], { total: 4, done: 4, failed: 0 });
});

test("a step whose item changes while it runs runs once more, one that has not begun does not", async () => {
  const kind = await defineLifecycle(db, [{ name: "member", isBatch: true }]);
  const run = await startRun(db, kind);
  await request(db, run, "member", ["x", "y"]);
  const x = await mustBegin(db, (await stepOf(db, run, "member", "x")).id, 1);
  await request(db, run, "member", ["x", "y", "x"]);
  await succeed(db, x);
  assert.is((await stepOf(db, run, "member", "x")).status, "queued");
  await succeed(db, await mustBegin(db, x.step_id, 1));
  const y = await mustBegin(db, (await stepOf(db, run, "member", "y")).id, 1);
  await succeed(db, y);
  assert.is(await statusOf(db, run), "succeeded");
  const { rows } = await db.query("select total, done from steward.runs where id = $1", [run]);
  assert.equal(rows[0], { total: 2, done: 2 });
});

test("counters count steps, however often one is asked for and however it ended before; percent never goes back", async () => {
  const kind = await defineLifecycle(db, [{ name: "keep" }, { name: "member", isBatch: true }]);
  const run = await startRun(db, kind);
  let shown = 0;
  const progress = async () => {
    const { rows } = await db.query<{ done: number; total: number; failed: number; percent: number }>(
      "select p.* from steward.runs r, steward.runs_progress(r) p where r.id = $1",
      [run],
    );
    const { percent = 0, ...counts } = rows[0] ?? {};
    assert.ok(percent >= shown, `${percent} after ${shown}`);
    shown = percent;
    return counts;
  };
  const beginMember = async (item: string) => mustBegin(db, (await stepOf(db, run, "member", item)).id, 1);
  await request(db, run, "member", ["x", "y"]);
  await fail(db, await beginMember("x"), "never");
  assert.equal(await progress(), { total: 3, done: 0, failed: 1 });
  await request(db, run, "member", ["x"]);
  assert.equal(await progress(), { total: 3, done: 0, failed: 0 });
  await succeed(db, await beginMember("x"));
  await succeed(db, await beginMember("y"));
  assert.equal(await progress(), { total: 3, done: 2, failed: 0 });
  await request(db, run, "member", ["x", "z"]);
  assert.equal(await progress(), { total: 4, done: 1, failed: 0 });
  await request(db, run, "member", ["x", "v", "w"]);
  assert.equal(await progress(), { total: 6, done: 1, failed: 0 });
  for (const item of ["x", "z", "v", "w"]) {
    await succeed(db, await beginMember(item));
    await progress();
  }
  await succeed(db, await mustBegin(db, (await stepOf(db, run, "keep")).id, 1));
  assert.is(await statusOf(db, run), "succeeded");
  assert.equal(await progress(), { total: 6, done: 6, failed: 0 });
});

test("a change that arrives as the batch ends is not lost: the run goes on, or there is none to ask", async () => {
  const kind = await defineLifecycle(db, [{ name: "member", isBatch: true }]);
  for (let round = 0; round < 20; round++) {
    const run = await startRun(db, kind);
    await request(db, run, "member", ["x"]);
    const begun = await mustBegin(db, (await stepOf(db, run, "member", "x")).id, 1);
    await Promise.all([succeed(db, begun), request(db, run, "member", ["y"])]);
    const steps = await stepsOf(db, run);
    const open = steps.some((step) => step.status === "queued");
    if (!open) await db.query("select steward_private.mend_batches()");
    assert.is(await statusOf(db, run), open ? "running" : "succeeded");
  }
  assert.equal(await violations(db), []);
});

test("a change that arrives during the last attempt is tried, however that attempt ends", async () => {
  const kind = await defineLifecycle(db, [{ name: "member", isBatch: true, maxAttempts: 1 }]);
  const run = await startRun(db, kind);
  await request(db, run, "member", ["x"]);
  for (const outcome of ["never", "later"] as const) {
    const begun = await mustBegin(db, (await stepOf(db, run, "member", "x")).id, 1);
    await request(db, run, "member", ["x"]);
    assert.is(await fail(db, begun, outcome), "queued");
    assert.is((await stepOf(db, run, "member", "x")).attempts, 0);
  }
  await succeed(db, await mustBegin(db, (await stepOf(db, run, "member", "x")).id, 1));
  assert.is(await statusOf(db, run), "succeeded");
  const { rows } = await db.query("select total, done, failed from steward.runs where id = $1", [run]);
  assert.equal(rows[0], { total: 1, done: 1, failed: 0 });
});

test("of several runs of a kind for a subject the last is retried, and none while one is open", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const start = async () => {
    const { rows } = await db.query<{ ids: string[] }>("select steward.start_runs($1, 'app_public.users', $2) as ids", [
      kind,
      ["22222222-2222-4222-8222-222222222222"],
    ]);
    return String(rows[0]?.ids[0]);
  };
  const retry = async (...ids: string[]) =>
    (await db.query<{ ids: string[] }>("select steward_private.retry_runs($1) as ids", [ids])).rows[0]?.ids;
  const first = await start();
  await db.query("select steward_private.cancel_runs($1)", [[first]]);
  const second = await start();
  assert.equal(await retry(first), []);
  await db.query("select steward_private.cancel_runs($1)", [[second]]);
  assert.equal(await retry(first, second), [second]);
  await succeed(db, await mustBegin(db, (await stepOf(db, second, "a")).id, 1));
});

test("what may still be acting on the same is known until its worker says that it has stopped", async () => {
  const kind = await defineLifecycle(db, [{ name: "member", isBatch: true }]);
  const subject = "33333333-3333-4333-8333-333333333333";
  const start = async () => {
    const { rows } = await db.query<{ ids: string[] }>("select steward.start_runs($1, 'app_public.users', $2) as ids", [
      kind,
      [subject],
    ]);
    const run = String(rows[0]?.ids[0]);
    await request(db, run, "member", ["x", "y"]);
    return run;
  };
  const isOverlapped = async (run: string, item: string) => {
    const { id } = await stepOf(db, run, "member", item);
    return (await db.query("select steward_private.is_overlapped($1) as is", [id])).rows[0].is;
  };
  const old = await start();
  const begun = await mustBegin(db, (await stepOf(db, old, "member", "x")).id, 1);
  await db.query("select steward_private.cancel_runs($1)", [[old]]);
  const next = await start();
  assert.equal([await isOverlapped(next, "x"), await isOverlapped(next, "y")], [true, false]);
  await db.query("select steward_private.end_attempts($1, 1)", [[begun.step_id]]);
  assert.is(await isOverlapped(next, "x"), false);
  await db.query("select steward_private.cancel_runs($1)", [[next]]);
});

test("whoever starts many and does not commit yet holds up nobody else who does", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  await startRuns(db, kind, 30); // graphile-worker knows the task from here on
  const client = await db.connect();
  await client.query("begin");
  await startRuns(client, kind, 30);
  const other = await db.connect();
  await other.query("set lock_timeout = '1s'");
  const ids = await startRuns(other, kind, 30);
  await client.query("rollback");
  client.release();
  other.release(true);
  assert.is(ids.length, 30);
  await db.query("select steward_private.cancel_runs($1)", [ids]);
});

test("back-off uses up attempts, the last one fails for good; waiting and being released use up none", async () => {
  const kind = await defineLifecycle(db, [{ name: "a", maxAttempts: 3 }]);
  const run = await startRun(db, kind);
  const { id } = await stepOf(db, run, "a");
  for (const outcome of ["wait", "defer", "release", "wait", "defer"] as const) {
    assert.is(await fail(db, await mustBegin(db, id, 1), outcome), outcome === "release" ? "queued" : "retrying");
    assert.is((await stepOf(db, run, "a")).attempts, 0);
    await makeDue(db, id);
  }
  await db.query("update steward.lanes set failures = 0, open_until = null");
  for (const status of ["retrying", "retrying", "failed"]) {
    assert.is(await fail(db, await mustBegin(db, id, 1), "later"), status);
    await makeDue(db, id);
  }
  assert.is((await stepOf(db, run, "a")).attempts, 3);
  assert.is(await statusOf(db, run), "failed");
});

test("a step whose time runs out again and again while it waits for connections of its worker comes to an end", async () => {
  const kind = await defineLifecycle(db, [{ name: "a", maxAttempts: 2 }]);
  const run = await startRun(db, kind);
  const { id } = await stepOf(db, run, "a");
  const ends: string[] = [];
  for (let attempts = 0; attempts < 100 && (await statusOf(db, run)) !== "failed"; attempts++) {
    const { lease } = await mustBegin(db, id, 1);
    await db.query("select steward_private.fail_step($1, $2, 'release', 'ST401', 'For a test.')", [id, lease]);
    const step = await stepOf(db, run, "a");
    ends.push(`${step.status} ${step.attempts}`);
    await makeDue(db, id);
  }
  const twenty = (status: string) => Array.from({ length: 20 }, () => status);
  assert.equal(ends, [...twenty("queued 0"), "retrying 1", ...twenty("queued 1"), "failed 2"]);
});

test("cancelling ends queued steps at once, and a running one loses its lease", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }, { name: "b" }, { name: "c", after: ["a"] }]);
  const run = await startRun(db, kind);
  const a = await mustBegin(db, (await stepOf(db, run, "a")).id, 1);
  await db.query("select steward_private.cancel_runs($1)", [[run]]);
  assert.is(await statusOf(db, run), "cancelled");
  assert.equal(await succeed(db, a), []);
  assert.is(await begin(db, (await stepOf(db, run, "b")).id, 1), undefined);
  assert.is((await stepOf(db, run, "a")).worker_id, 1); // it may still be acting
  await db.query("select steward_private.end_attempts($1, 1)", [[a.step_id]]);
  assert.is((await stepOf(db, run, "a")).worker_id, null);
  assert.equal(
    (await stepsOf(db, run)).map((step) => step.status),
    ["cancelled", "cancelled", "cancelled"],
  );
});

test("suspending holds every step; resuming goes on, with the running one only after its old attempt has stopped", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }, { name: "b" }]);
  const run = await startRun(db, kind);
  const a = await mustBegin(db, (await stepOf(db, run, "a")).id, 1);
  const b = await stepOf(db, run, "b");
  await db.query("select steward_private.suspend_runs($1)", [[run]]);
  assert.is(await begin(db, b.id, 2), undefined);
  assert.equal(await succeed(db, a), []);
  await db.query("select steward_private.resume_runs($1)", [[run]]);
  assert.is(await begin(db, a.step_id, 2), undefined);
  await db.query("select steward_private.end_attempts($1, 1)", [[a.step_id]]);
  const again = await mustBegin(db, a.step_id, 2);
  assert.is(again.attempt, 1); // being suspended was not its fault
  await succeed(db, again);
  await succeed(db, await mustBegin(db, b.id, 2));
  assert.is(await statusOf(db, run), "succeeded");
});

test("many at once wait as backlog and are claimed the most urgent first", async () => {
  const kind = await defineLifecycle(db, [{ name: "a", lane: "cloud" }]);
  const many = await startRuns(db, kind, 30);
  assert.equal(await jobsOf(db, String(many[0])), []);
  await db.query("update steward.lanes set at_once = 12, places = null where name = 'cloud'");
  await knowWorker(db, 1);
  const { rows } = await db.query<{ step_id: string }>("select * from steward_private.claim_steps('cloud', 0, 1)");
  assert.is(rows.length, 12);
  assert.equal((await db.query("select from steward_private.claim_steps('cloud', 12, 1)")).rows, []);
  const [urgent] = await startRuns(db, kind, 30);
  await db.query("update steward.steps set priority = 3 where run_id = $1", [urgent]);
  const { rows: next } = await db.query<{ run_id: string }>(
    "select * from steward_private.claim_steps('cloud', 11, 1)",
  );
  assert.equal(
    next.map((row) => row.run_id),
    [urgent],
  );
  await db.query("select steward_private.cancel_runs($1)", [many]);
});

test("nothing of all this broke a promise", async () => {
  await db.query("select steward_private.cancel_runs(array(select id from steward.runs where finished_at is null))");
  await db.query("update steward.steps set worker_id = null");
  assert.equal(await violations(db), []);
});

test.run();

function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `item ${i}`);
}
