// What operators do in SQL: pause, retry, cancel, suspend, resume, reprioritise, release; each seen before in a preview and afterwards in the audit.
import { randomUUID } from "node:crypto";
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import {
  begin,
  defineLifecycle,
  fail,
  jobsOf,
  knowWorker,
  mustBegin,
  startRun,
  startRuns,
  statusOf,
  stepOf,
  succeed,
  violations,
} from "../helpers/lifecycle.ts";
import { code } from "../helpers/sql-error.ts";

const test = suite("steering");
let database: TestDatabase;
let db: pg.Pool;
const WORKER = 900;

interface Steered {
  readonly run_id: string;
  readonly was: string;
  readonly becomes: string;
}

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
  await knowWorker(db, WORKER);
});
test.after(async () => {
  assert.equal(await violations(db), []);
  await database.close();
});

async function steer(call: string, values: unknown[] = []): Promise<Steered[]> {
  return (await db.query<Steered>(`select * from steward.${call}`, values)).rows;
}

async function lastAudit(): Promise<Record<string, unknown>> {
  const { rows } = await db.query(
    "select actor, action, target, reason, runs, run_ids from steward.audit order by id desc limit 1",
  );
  return rows[0];
}

/** Everything that says where runs, steps and jobs stand. */
async function state(): Promise<unknown> {
  const { rows } = await db.query(
    `select (select json_agg(r order by id) from steward.runs r) as runs, (select json_agg(s order by id) from steward.steps s) as steps,
       (select json_agg(j.key || ' ' || j.priority order by j.key) from graphile_worker.jobs j) as jobs,
       (select count(*) from steward.audit) as audits, (select count(*) from steward_private.past_attempts) as attempts`,
  );
  return rows[0];
}

for (const [what, of] of [
  ["task", "task"],
  ["lane", "lane"],
  ["lifecycle", "kind"],
] as const) {
  test(`what is paused by its ${what} does not begin, single or in the backlog, and goes on afterwards`, async () => {
    const lane = `lane_${what}`;
    await db.query("insert into steward.lanes (name, places) values ($1, null)", [lane]);
    const task = `task_${what}`;
    const kind = await defineLifecycle(db, [{ name: "work", task, lane: lane as "database" }]);
    const names = { task, lane, kind };
    const said = await db.query(`select steward.pause(${what} => $1, reason => 'for a test') as said`, [names[of]]);
    assert.match(said.rows[0].said, /is paused/);
    const single = await startRun(db, kind);
    const crowd = await startRuns(db, kind, 30);
    const step = await stepOf(db, single, "work");
    assert.is(await begin(db, step.id, WORKER), undefined);
    const claim = async () =>
      (await db.query("select step_id from steward_private.claim_steps($1, 0, $2)", [lane, WORKER])).rows.length;
    assert.is(await claim(), 0);
    assert.is(await claim(), 0);
    // As graphile-worker does with a job that found nothing to do; then what mends lost jobs leaves the step alone.
    await db.query("select graphile_worker.complete_jobs(array(select id from graphile_worker.jobs))");
    await db.query("update steward.steps set ready_at = now() - interval '1 minute' where run_id = $1", [single]);
    await db.query("select steward_private.mend_steps()");
    assert.equal(await jobsOf(db, single), []);

    await db.query(`select steward.unpause(${what} => $1)`, [names[of]]);
    const waiting = await db.query("select is_backlog from steward.steps where run_id = any ($1)", [
      [single, ...crowd],
    ]);
    const inQueue = (await jobsOf(db, single)).length;
    assert.is(waiting.rows.filter(({ is_backlog }) => is_backlog).length + inQueue, 31);
    let begun = (await begin(db, step.id, WORKER)) === undefined ? 0 : 1;
    begun += await claim();
    assert.is(begun, 31);
    assert.equal(
      (await db.query("select action from steward.audit order by id desc limit 2")).rows.map(({ action }) => action),
      ["unpause", "pause"],
    );
    await steer("cancel(lifecycle => $1)", [kind]);
    await db.query(
      "select steward_private.end_attempts(array(select id from steward.steps where worker_id = $1), $1)",
      [WORKER],
    );
  });
}

test("a preview shows exactly what the act then changes, and changes nothing", async () => {
  const kind = await defineLifecycle(db, [{ name: "first" }, { name: "second", after: ["first"] }]);
  const runs = await startRuns(db, kind, 12);
  for (const run of runs.slice(0, 4))
    await fail(db, await mustBegin(db, (await stepOf(db, run, "first")).id, WORKER), "never");
  for (const run of runs.slice(4, 6))
    await succeed(db, await mustBegin(db, (await stepOf(db, run, "first")).id, WORKER));
  await db.query("update steward.lifecycles set of_deleted = true where kind = $1", [kind]);
  for (const call of [
    "suspend(lifecycle => $1, status => 'pending', reason => 'a test'",
    "resume(lifecycle => $1, reason => 'a test'",
    "reprioritise(5::smallint, lifecycle => $1, reason => 'a test'",
    "reprioritise(15::smallint, lifecycle => $1, status => 'running', reason => 'a test'",
    "retry(lifecycle => $1, code => 'ST403', reason => 'a test'",
    "cancel(lifecycle => $1, most => 5, reason => 'a test'",
  ]) {
    const before = await state();
    const preview = await steer(`${call}, preview => true)`, [kind]);
    assert.ok(preview.length > 0, call);
    assert.equal(await state(), before, call);
    const done = await steer(`${call})`, [kind]);
    assert.equal(done, preview, call);
    for (const { run_id, becomes } of done) assert.is(await statusOf(db, run_id), becomes);
    const audit = await lastAudit();
    assert.equal(
      [audit["action"], audit["reason"], audit["runs"]],
      [call.slice(0, call.indexOf("(")), "a test", done.length],
    );
    assert.equal([...(audit["run_ids"] as string[])].sort(), done.map(({ run_id }) => run_id).sort());
    assert.is(audit["actor"], "steward_owner");
  }
});

test("another priority reaches steps and jobs", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const run = await startRun(db, kind);
  const seen = async () => {
    const step = await stepOf(db, run, "a");
    const { rows } = await db.query("select priority from graphile_worker.jobs where key = $1", [`step:${step.id}`]);
    return [step.is_backlog, rows[0]?.priority];
  };
  await steer("reprioritise(-3::smallint, run => $1)", [run]);
  assert.equal(await seen(), [false, -3]);
  await steer("reprioritise(12::smallint, run => $1)", [run]);
  assert.equal(await seen(), [true, undefined]);
});

test("a run of a row that is gone is not retried, and one is not named", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const run = await startRun(db, kind);
  await fail(db, await mustBegin(db, (await stepOf(db, run, "a")).id, WORKER), "never");
  assert.equal(await steer("retry(run => $1)", [run]), []);
  assert.is(await code(db.query("select * from steward.cancel()")), "ST430");
  assert.is(await code(db.query("select * from steward.cancel(status => 'odd')")), "ST430");
  assert.is(await code(db.query("select steward.pause()")), "ST430");
  assert.is(await code(db.query("select steward.pause(task => 'a', lane => 'database')")), "ST430");
  assert.is(await code(db.query("select steward.pause(lane => 'nowhere')")), "ST430");
  assert.is(await code(db.query("select steward.release_worker(1234567)")), "ST430");
});

test("a released worker loses what it holds, and may not begin anything", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const run = await startRun(db, kind);
  await knowWorker(db, 901);
  const step = await mustBegin(db, (await stepOf(db, run, "a")).id, 901);
  await db.query("select steward.release_worker(901, 'it hangs')");
  await waitFor(async () => {
    await db.query("select * from steward_private.rescue_steps($1)", [WORKER]);
    return (await stepOf(db, run, "a")).status === "queued"; // not within five seconds of Postgres' own start
  });
  assert.equal(await succeed(db, step), []);
  assert.is(
    await code(db.query("select * from steward_private.begin_jobs(array[$1::bigint], 901)", [step.step_id])),
    "ST404",
  );
  const { rows } = await db.query("select outcome, host from steward.attempts where run_id = $1", [run]);
  assert.equal(rows, [{ outcome: "rescued", host: "test" }]);
});

test("every attempt is kept, with its worker and the error's own words; equal ones in a row are one", async () => {
  const kind = await defineLifecycle(db, [{ name: "a", maxAttempts: 5 }]);
  const run = await startRun(db, kind);
  const { id } = await stepOf(db, run, "a");
  const attempt = async (outcome: string, words: string) => {
    await db.query("update steward.steps set ready_at = now() where id = $1", [id]);
    const { lease } = await mustBegin(db, id, WORKER);
    await db.query("select steward_private.fail_step($1, $2, $3, 'ST501', 'It is away.', 0, null, $4)", [
      id,
      lease,
      outcome,
      words,
    ]);
    await db.query("update steward.lanes set open_until = null, failures = 0");
  };
  await attempt("later", "first");
  for (let n = 0; n < 3; n++) await attempt("wait", "again");
  await attempt("later", "x".repeat(5_000));
  await db.query("update steward.steps set ready_at = now() where id = $1", [id]);
  await succeed(db, await mustBegin(db, id, WORKER));
  const { rows } = await db.query(
    "select attempt, outcome, error_code, left(words, 6) as words, length(words) as length, repeats, host, pid, ended_at >= begun_at as ended from steward.attempts where run_id = $1 order by attempt",
    [run],
  );
  const of = { host: "test", pid: 0, ended: true };
  assert.equal(rows, [
    { attempt: 1, outcome: "later", error_code: "ST501", words: "first", length: 5, repeats: 1, ...of },
    { attempt: 2, outcome: "wait", error_code: "ST501", words: "again", length: 5, repeats: 3, ...of },
    { attempt: 5, outcome: "later", error_code: "ST501", words: "xxxxxx", length: 2_000, repeats: 1, ...of },
    { attempt: 6, outcome: "succeeded", error_code: null, words: null, length: null, repeats: 1, ...of },
  ]);
});

test("a run that is named is changed only if the other conditions hold too", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const other = await defineLifecycle(db, [{ name: "a" }]);
  const run = await startRun(db, kind);
  for (const which of [
    "lifecycle => $2",
    "owner => $2",
    "scope => $2",
    "subject_table => $2",
    "subject_id => $2",
    "code => $2",
  ])
    assert.equal(await steer(`cancel(run => $1, ${which})`, [run, other]), [], which);
  assert.equal(await steer("cancel(run => $1, made_after => 'infinity')", [run]), []);
  assert.is((await steer("cancel(run => $1, lifecycle => $2, made_after => '-infinity')", [run, kind])).length, 1);
});

test("an operator's token and a reader's mutation are in the audit too", async () => {
  const userId = randomUUID();
  await db.query("insert into app_public.users (id, username) values ($1, 'audited')", [userId]);
  const { rows } = await db.query("select id from steward.runs where owner_id = $1", [userId]);
  await db.query("select steward.cancel_run($1)", [rows[0].id]);
  const audit = await lastAudit();
  assert.equal([audit["action"], audit["target"], audit["runs"]], ["cancel", { run: rows[0].id }, 1]);
});

test.run();
