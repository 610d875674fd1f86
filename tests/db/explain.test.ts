// steward.explain_run names the true cause why a run is not further. Each cause is brought about.
import { randomUUID } from "node:crypto";
import pg from "pg";
import { examineWork } from "steward/doctor/work";
import { toFailure } from "steward/engine/failure";
import { withClient } from "steward/migrate/connect";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { startEngine, type TestEngine } from "../helpers/engine.ts";
import {
  begin,
  defineLifecycle,
  fail,
  knowWorker,
  mustBegin,
  startRun,
  startRuns,
  stepOf,
  succeed,
} from "../helpers/lifecycle.ts";
import { startOwnPostgres } from "../helpers/own-postgres.ts";
import { code } from "../helpers/sql-error.ts";

const test = suite("explain");
let database: TestDatabase;
let db: pg.Pool;
let made = 0;

test.before.each(async () => {
  database = await createDatabase();
  db = database.pool;
  made = 900;
});
test.after.each(() => database.close());

interface Explained {
  readonly code: string;
  readonly who: string;
  readonly explanation: string;
}

async function explain(run: string): Promise<Explained> {
  const { rows } = await db.query<Explained>("select * from steward.explain_run($1)", [run]);
  assert.ok(rows[0]);
  return rows[0];
}

async function isExplained(run: string, code: string, who: string, ...words: RegExp[]): Promise<void> {
  const { explanation, ...found } = await explain(run);
  assert.equal(found, { code, who }, explanation);
  for (const word of words) assert.match(explanation, word, `${word} in: ${explanation}`);
}

/** A worker that is alive as far as SQL can tell. */
async function worker(tasks: readonly string[] | null = null): Promise<number> {
  const id = ++made;
  await knowWorker(db, id);
  await db.query("update steward_private.workers set tasks = $2 where id = $1", [id, tasks]);
  return id;
}

test("no worker; none with the task; the turn; running; another step; the end", async () => {
  const kind = await defineLifecycle(db, [{ name: "first" }, { name: "second", after: ["first"] }]);
  const run = await startRun(db, kind);
  await isExplained(run, "no_worker", "operator", /There never was one/, /1 waiting, 1 queued/);
  const other = await worker(["something"]);
  await isExplained(run, "no_worker_with_task", "developer", /task first/, /none of the 1/);
  const able = await worker();
  await isExplained(run, "begins", "nobody", /is due, and begins/);
  await db.query("update steward.steps set ready_at = now() - interval '5 seconds' where run_id = $1", [run]);
  await isExplained(run, "waits_for_place", "nobody", /free place: 2 workers are at 0 steps, and 0 single steps have/);
  await db.query("update steward.steps set ready_at = now() - interval '30 seconds' where run_id = $1", [run]);
  await isExplained(run, "waits_for_place", "operator", /WORKER_CONCURRENCY/);
  const step = await mustBegin(db, (await stepOf(db, run, "first")).id, able);
  await isExplained(run, "running", "nobody", /process 0 at test/, /attempt 1 of 3/);
  await succeed(db, step);
  await db.query("delete from steward_private.workers where id = $1", [other]);
  const second = await mustBegin(db, (await stepOf(db, run, "second")).id, able);
  await succeed(db, second);
  await isExplained(run, "succeeded", "nobody");
  await isExplained("00000000-0000-0000-0000-000000000000", "no_such_run", "nobody");
});

test("no worker, for no connection is free", async () => {
  const run = await startRun(db, await defineLifecycle(db, [{ name: "a" }]));
  const name = new URL(database.ownerUrl).pathname.slice(1);
  await db.query(`alter database ${name} connection limit 1`);
  await isExplained(
    run,
    "no_worker",
    "operator",
    /All 1 connections that the limit of database test_\w+ allows are taken/,
  );
  await db.query(`alter database ${name} connection limit -1`);
  assert.not.match((await explain(run)).explanation, /connections/);
});

test("a worker that is gone, and one that hangs", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const run = await startRun(db, kind);
  const able = await worker();
  await mustBegin(db, (await stepOf(db, run, "a")).id, able);
  await db.query("update steward.steps set expires_at = now() - interval '1 minute'");
  await isExplained(run, "worker_hangs", "operator", new RegExp(`release_worker\\(${able}\\)`));
  await db.query("delete from steward_private.workers");
  await isExplained(run, "no_worker", "operator");
  await worker();
  await isExplained(run, "worker_gone", "nobody", /process 0 at test/);
});

test("a retry, with the error's own words; a failure for good; a cancellation by somebody", async () => {
  const kind = await defineLifecycle(db, [{ name: "a", maxAttempts: 2 }]);
  const run = await startRun(db, kind);
  const able = await worker();
  const { id } = await stepOf(db, run, "a");
  const { lease } = await mustBegin(db, id, able);
  await db.query(
    "select steward_private.fail_step($1, $2, 'later', 'ST403', 'It failed.', null, null, 'column x does not exist')",
    [id, lease],
  );
  await isExplained(run, "retries", "developer", /1 of 2 attempts/, /ST403: It failed/, /column x does not exist/);
  await db.query("update steward.steps set ready_at = now() - interval '1 second'");
  await isExplained(run, "retries", "developer", /ST403: It failed/, /column x does not exist/);
  await db.query("update steward.steps set ready_at = now() - interval '30 seconds'");
  await isExplained(run, "job_put_off", "nobody", /column x does not exist/);
  const second = await mustBegin(db, id, able);
  await isExplained(run, "running", "nobody", /attempt 2 of 2/, /column x does not exist/);
  await fail(db, second, "later");
  await isExplained(run, "failed", "developer", /step a failed for good after 2 attempts, with ST403/, /steward.retry/);
  const other = await startRun(db, kind);
  await db.query("select steward.cancel(run => $1, reason => 'a mistake')", [other]);
  await isExplained(other, "cancelled", "nobody", /steward_owner did so at .*: a mistake/);
  const third = await startRun(db, kind);
  await db.query("select steward_private.cancel_runs(array[$1::uuid])", [third]);
  await isExplained(third, "cancelled", "nobody", /the application did/);
});

test("a disk that is full is for the operator", async () => {
  const failure = toFailure(
    Object.assign(new Error("could not extend file: No space left on device"), { code: "53100" }),
    undefined,
  );
  assert.is(failure.outcome, "defer");
  const run = await startRun(db, await defineLifecycle(db, [{ name: "a" }]));
  const { id } = await stepOf(db, run, "a");
  const { lease } = await mustBegin(db, id, await worker());
  await db.query("select steward_private.fail_step($1, $2, $3, $4, $5, 60000, null, $6)", [
    id,
    lease,
    failure.outcome,
    failure.code,
    failure.sentence,
    failure.words,
  ]);
  await isExplained(run, "retries", "operator", /no room left on its disk/, /No space left on device/);
});

test("a limit that the statement itself exceeds is its own failure; a full queue of notifications, or a transaction that is cut, is not", () => {
  const outcome = (fields: object) => toFailure(Object.assign(new Error("made up"), fields), undefined).outcome;
  assert.is(outcome({ code: "53400", routine: "FileWrite" }), "later"); // temp_file_limit
  assert.is(outcome({ code: "54000", routine: "_bt_check_third_page" }), "later"); // too long for an index
  assert.is(outcome({ code: "54000", routine: "PreCommit_Notify" }), "defer");
  assert.is(outcome({ code: "25P04" }), "defer"); // transaction_timeout
});

test("a service that is down, a copy, a pause, a suspension", async () => {
  const kind = await defineLifecycle(db, [{ name: "a", lane: "drive" }]);
  const run = await startRun(db, kind);
  const able = await worker();
  const { id } = await stepOf(db, run, "a");
  await fail(db, await mustBegin(db, id, able), "wait", 60_000);
  await isExplained(
    run,
    "provider_down",
    "provider",
    /lane drive has been in trouble since .* \(1 failures\)/,
    /before /,
  );
  await db.query("update steward.lanes set error_code = 'ST834'");
  await isExplained(run, "not_adopted", "operator", /steward adopt/);
  await db.query("update steward.lanes set open_until = null, error_code = null");
  await db.query("select steward.pause(lane => 'drive', reason => 'it moves')");
  await isExplained(
    run,
    "paused",
    "operator",
    /lane drive is paused: steward_owner did so/,
    /it moves/,
    /unpause\(lane => 'drive'\)/,
  );
  await db.query(
    "update steward.lanes set open_until = now() + interval '1 minute', error_code = 'ST801', error_message = 'It is down.' where name = 'drive'",
  );
  await db.query("select steward.pause(lifecycle => $1)", [kind]);
  await isExplained(
    run,
    "paused",
    "operator",
    /lifecycle test_\w+ is paused too/,
    /lane drive is closed, with ST801: It is down/,
  );
  await db.query("update steward.lanes set open_until = null, error_code = null");
  await db.query("select steward.unpause(lifecycle => $1)", [kind]);
  await db.query("select steward.unpause(lane => 'drive')");
  await db.query("select steward.suspend(run => $1, reason => 'wait for the bill')", [run]);
  await isExplained(run, "suspended", "operator", /wait for the bill/, /steward.resume/);
  await db.query("select steward.resume(run => $1)", [run]);
  await db.query("select steward_private.suspend_runs(array[$1::uuid])", [run]);
  await isExplained(run, "suspended", "developer", /the application resumes it/);
});

test("the backlog: its place, the rate and a time", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const runs = await startRuns(db, kind, 200);
  await worker();
  const { rows } = await db.query<{ run_id: string }>(
    "select run_id from steward.steps where is_backlog order by ready_at, id offset 100 limit 1",
  );
  const run = rows[0]?.run_id ?? "";
  assert.ok(runs.includes(run));
  await isExplained(run, "backlog", "nobody", /behind 100 others/, /None of the lane has ended/);
  await db.query("insert into steward_private.lane_rates values ('database', now() - interval '50 seconds', 500)");
  await isExplained(run, "backlog", "nobody", /ends (9|10)\.\d steps per second/, /in about 1[01] s/);
});

test("a job that was removed, and one that was put off", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const run = await startRun(db, kind);
  await worker();
  await db.query("update graphile_worker._private_jobs set run_at = now() + interval '1 hour'");
  await isExplained(run, "job_put_off", "nobody");
  await db.query("delete from graphile_worker._private_jobs");
  await isExplained(run, "job_lost", "nobody");
});

test("a job that somebody edited, and one that a dead worker has locked", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const run = await startRun(db, kind);
  await worker();
  await db.query(
    "update graphile_worker._private_jobs set locked_at = now() - interval '1 minute', locked_by = 'dead'",
  );
  await isExplained(run, "job_put_off", "nobody", /by dead, which is no worker that is alive/);
  await db.query("update graphile_worker._private_jobs set locked_at = null, locked_by = null");
  await db.query(
    "with q as (insert into graphile_worker._private_job_queues (queue_name) values ('q') returning id) update graphile_worker._private_jobs set job_queue_id = q.id from q",
  );
  await isExplained(run, "edited", "operator", /its task is a, in queue q/, /remove_job\('step:\d+'\)/);
  await db.query("update graphile_worker._private_jobs set job_queue_id = null");
  await db.query(
    "with t as (insert into graphile_worker._private_tasks (identifier) values ('aa') returning id) update graphile_worker._private_jobs set task_id = t.id from t",
  );
  await isExplained(run, "edited", "operator", /its task is aa\./);
});

test("rows that somebody edited or removed by hand", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const run = await startRun(db, kind);
  await worker();
  await db.query("update steward.steps set ready_at = 'infinity'");
  await isExplained(run, "edited", "operator", /never becomes due/);
  await db.query("update steward.steps set ready_at = now(), status = 'running'");
  await isExplained(run, "edited", "operator", /nobody began it/);
  await db.query("update steward.steps set status = 'waiting'");
  await isExplained(run, "edited", "operator", /comes after none/);
  await db.query("update steward.runs set status = 'succeeded', finished_at = now()");
  await isExplained(run, "edited", "operator", /says that it is succeeded/);
  await db.query("update steward.runs set status = 'running', finished_at = null");
  await db.query("delete from steward.steps");
  await isExplained(run, "edited", "operator", /no steps at all/, /steward.cancel/);
  await db.query("select steward.cancel(run => $1)", [run]);
  await isExplained(run, "cancelled", "nobody");
});

test("a lane that is full, and who is in it", async () => {
  const kind = await defineLifecycle(db, [{ name: "a", lane: "drive" }]);
  const [first, next] = [await startRun(db, kind), await startRun(db, kind)];
  await db.query("update steward.lanes set places = 1 where name = 'drive'");
  await mustBegin(db, (await stepOf(db, first, "a")).id, await worker());
  await isExplained(
    next,
    "waits_for_place",
    "nobody",
    /in lane drive: for now 1 at a time/,
    new RegExp(`a of run ${first}`),
  );
});

test("a table that somebody has locked as a whole does not keep the answer waiting", async () => {
  const run = await startRun(db, await defineLifecycle(db, [{ name: "a" }]));
  await worker();
  const other = await db.connect();
  try {
    await other.query("begin");
    await other.query("set local application_name = 'a migration'");
    await other.query("lock table steward.steps");
    await isExplained(
      run,
      "blocked",
      "operator",
      /session \d+ \(a migration, .* has locked steward.steps/,
      /pg_terminate_backend/,
    );
    await other.query("rollback");
  } finally {
    other.release();
  }
});

test("a step whose worker is gone again and again", async () => {
  const run = await startRun(db, await defineLifecycle(db, [{ name: "a" }]));
  const able = await worker();
  const { id } = await stepOf(db, run, "a");
  await mustBegin(db, id, able);
  await db.query("delete from steward_private.workers");
  await worker();
  await isExplained(run, "worker_gone", "nobody", /within seconds\. Of its steps/);
  await db.query(
    "insert into steward_private.past_attempts (step_id, lease, begun_at, outcome) values ($1, 90, now(), 'rescued'), ($1, 91, now(), 'rescued')",
    [id],
  );
  await isExplained(run, "worker_gone", "nobody", /2 of its attempts had to be taken/);
  await db.query("update steward.steps set worker_id = (select max(id) from steward_private.workers)");
  await isExplained(run, "running", "nobody", /2 of its attempts had to be taken/);
});

test("a prepared transaction holds a row of the application, or the step's: which one, and what ends it", async () => {
  const own = await startOwnPostgres({ max_prepared_transactions: "4" });
  const main = db;
  db = own.pool;
  const waiter = await db.connect();
  try {
    const kind = await defineLifecycle(db, [{ name: "hold" }]);
    const able = await worker();
    await db.query("create table app_private.held as select 1 as id");
    await db.query("begin; update app_private.held set id = 2; prepare transaction 'shop-42'");
    const { rows } = await waiter.query<{ pid: number }>("select pg_backend_pid() as pid");
    const update = waiter.query("update app_private.held set id = 3").catch(() => undefined);
    const holder = await waitFor(async () => {
      const answer = await db.query<{ who: string }>("select steward_private.blocking_session($1) as who", [
        rows[0]?.pid,
      ]);
      return answer.rows[0]?.who;
    });
    const waiting = await startRun(db, kind);
    const { id } = await stepOf(db, waiting, "hold");
    const { lease } = await mustBegin(db, id, able);
    await db.query("select steward_private.fail_step($1, $2, 'blocked', 'ST903', 'It is locked.', null, $3)", [
      id,
      lease,
      holder,
    ]);
    await isExplained(
      waiting,
      "blocked",
      "operator",
      /the prepared transaction shop-42 of/,
      /rollback prepared 'shop-42' ends it/,
    );
    await db.query("rollback prepared 'shop-42'");
    await update;

    const held = await startRun(db, kind);
    const step = await stepOf(db, held, "hold");
    await db.query("update steward.steps set ready_at = now() - interval '5 seconds' where id = $1", [step.id]);
    await db.query(`begin; select from steward.steps where id = ${step.id} for update; prepare transaction 'shop-43'`);
    // As a worker does that passed over the row.
    await db.query("select graphile_worker.remove_job($1)", [`step:${step.id}`]);
    await isExplained(
      held,
      "row_held",
      "operator",
      /the prepared transaction shop-43 of/,
      /rollback prepared 'shop-43' ends it/,
    );
    await db.query("rollback prepared 'shop-43'");
    await isExplained(held, "job_lost", "nobody");
  } finally {
    db = main;
    waiter.release();
    await own.close();
  }
});

test("a disk without room, which looks like busy workers", async () => {
  const kind = await defineLifecycle(db, [{ name: "quick" }]);
  const run = await startRun(db, kind);
  await worker();
  await db.query("update steward.steps set ready_at = now() - interval '10 seconds'");
  await withClient({ connectionString: database.superuserUrl }, async (client) => {
    assert.equal((await client.query("select steward_private.no_room() as words")).rows, [{ words: null }]);
    await client.query("set temp_file_limit = '100kB'");
    assert.is(await code(client.query("select steward_private.no_room()")), "53400", "it writes");
  });
  const words = "could not write to file: No space left on device";
  await db.query(
    `create or replace function steward_private.no_room() returns text language sql as $$ select '${words}' $$`,
  );
  await isExplained(run, "no_room", "operator", new RegExp(words));
  const findings = await withClient({ connectionString: database.ownerUrl }, examineWork);
  assert.ok(findings.some(({ level, message }) => level === "problem" && message.includes(words)));
});

test("a standby tells nothing of workers", async () => {
  const own = await startOwnPostgres();
  const main = db;
  db = own.pool;
  try {
    const run = await startRun(db, await defineLifecycle(db, [{ name: "a" }]));
    await db.query("update steward.steps set ready_at = now() - interval '1 minute'");
    assert.is((await withClient({ connectionString: own.databaseUrl }, examineWork)).length, 1);
    await own.demote();
    assert.equal(await withClient({ connectionString: own.databaseUrl }, examineWork), []);
    await isExplained(run, "read_only", "operator", /is a standby/, /pg_promote/);
  } finally {
    db = main;
    await own.close();
  }
});

test("a row that an application's transaction holds: which session", async () => {
  const kind = await defineLifecycle(db, [{ name: "hold" }]);
  await db.query("create table app_private.held (id integer)");
  await db.query("insert into app_private.held values (1)");
  let engine: TestEngine | undefined;
  const other = await db.connect();
  try {
    await other.query("begin");
    await other.query("set local application_name = 'the shop'");
    await other.query("update app_private.held set id = 2");
    engine = await startEngine({
      connectionString: database.ownerUrl,
      works: { hold: () => Promise.resolve((effects) => effects.query("update app_private.held set id = 3")) },
    });
    const run = await startRun(db, kind);
    await waitFor(async () => (await explain(run)).code === "blocked");
    await isExplained(
      run,
      "blocked",
      "operator",
      /the shop/,
      /session \d+/,
      /it last ran: update app_private.held set id = 2/,
    );
    await other.query("rollback");
    await waitFor(async () => (await explain(run)).code === "succeeded", { timeoutMs: 20_000 });
  } finally {
    other.release();
    await engine?.stop();
  }
});

test("operators may ask, and steer only where that was granted", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const run = await startRun(db, kind);
  assert.is(await begin(db, (await stepOf(db, run, "a")).id, await worker(["other"])), undefined);
  const role = `observer_${randomUUID().slice(0, 8)}`;
  await db.query(`create role ${role}`);
  try {
    await db.query("select steward.grant_operator($1)", [role]);
    const client = new pg.Client({ connectionString: database.superuserUrl });
    await client.connect();
    const asOperator = async (statement: string) => {
      await client.query("begin");
      try {
        await client.query(`set local role ${role}`);
        return (await client.query(statement)).rows;
      } finally {
        await client.query("rollback");
      }
    };
    const refused = (statement: string) =>
      asOperator(statement).then(
        () => "done",
        (error: { code: string }) => error.code,
      );
    try {
      assert.is((await asOperator(`select * from steward.explain_run('${run}')`))[0].code, "no_worker_with_task");
      for (const view of ["attempts", "violations", "jobs", "workers", "backlog", "audit", "runs"])
        await asOperator(`select * from steward.${view}`);
      assert.is(await refused(`select * from steward.cancel(run => '${run}')`), "42501");
      assert.is(await refused("select * from app_public.users"), "42501");
      assert.is(await refused("update steward.runs set status = 'failed'"), "42501");
      await db.query("select steward.grant_operator($1, steers => true)", [role]);
      assert.is((await asOperator(`select * from steward.cancel(run => '${run}')`))[0].becomes, "cancelled");
      assert.is(await refused(`select steward_private.cancel_runs(array['${run}'::uuid])`), "42501");
      await db.query("select steward.revoke_operator($1)", [role]);
      assert.is(await refused("select * from steward.runs"), "42501");
    } finally {
      await client.end();
    }
  } finally {
    await db.query("select steward.revoke_operator($1)", [role]);
    await db.query(`drop role ${role}`);
  }
});

test("workers that are not heard any more, although their sessions are there", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const [begun, waits] = [await startRun(db, kind), await startRun(db, kind)];
  const session = await db.connect();
  try {
    const { rows } = await session.query<{ id: number }>(
      "select steward_private.join_workers('still', 'far', 4711, true) as id",
    );
    await mustBegin(db, (await stepOf(db, begun, "a")).id, rows[0]?.id ?? 0);
    await isExplained(begun, "running", "nobody");
    await waitFor(async () => (await explain(begun)).code === "worker_hangs", { timeoutMs: 30_000 });
    await isExplained(begun, "worker_hangs", "operator", /process 4711 at far/, /not been heard/);
    await worker(["other"]);
    await isExplained(
      waits,
      "worker_hangs",
      "operator",
      /none of the workers that have its task/,
      /process 4711 at far/,
    );
  } finally {
    session.release(true);
  }
});

test("a row that somebody has locked; a held snapshot; a trigger that is off", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const run = await startRun(db, kind);
  await worker();
  await db.query("update steward.steps set ready_at = now() - interval '5 seconds'");
  await isExplained(run, "waits_for_place", "nobody");
  const holder = await db.connect();
  try {
    await holder.query("begin");
    await holder.query("select from graphile_worker._private_jobs for update");
    await isExplained(run, "row_held", "operator", /pg_terminate_backend/);
    await waitFor(async () => /Probably session \d+ .*it last ran: select from/.test((await explain(run)).explanation));
    await holder.query("rollback");
    await isExplained(run, "waits_for_place", "nobody");
    await db.query("insert into steward.settings values ('held_snapshot_seconds', 0, '')");
    await holder.query("begin isolation level repeatable read");
    await holder.query("select from steward.runs");
    await isExplained(run, "waits_for_place", "nobody", /session \d+ .* has had a transaction open since/);
    await holder.query("rollback");
    await db.query("create table public.things (id integer primary key)");
    await db.query("select steward.attach('public.things', on_insert => $1)", [kind]);
    await db.query("insert into public.things values (1)");
    const { rows } = await db.query<{ id: string }>(
      "select id from steward.runs where subject_table = 'public.things'",
    );
    await db.query("alter table public.things disable trigger _900_steward_insert");
    await isExplained(rows[0]?.id ?? "", "waits_for_place", "nobody", /insert of public.things starts no run/);
  } finally {
    holder.release(true);
  }
});

test.run();
