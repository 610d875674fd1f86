// What keeps workers from beginning a step, or from recording what it did: steward.explain_run tries it, undoes it, and names the cause.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { defineLifecycle, knowWorker, mustBegin, startRun, stepOf } from "../helpers/lifecycle.ts";

const AUDIT =
  "create function app_private.audit() returns trigger language plpgsql as $$ begin insert into app_private.nothing values (1); return new; end $$";
const test = suite("hindered");
let database: TestDatabase;
let db: pg.Pool;
let run: string;

test.before.each(async () => {
  database = await createDatabase();
  db = database.pool;
  await knowWorker(db, 901);
  run = await startRun(db, await defineLifecycle(db, [{ name: "a" }, { name: "b", after: ["a"] }]));
  await db.query("update steward.steps set ready_at = now() - interval '8 seconds' where status = 'queued'");
});
test.after.each(() => database.close());

async function isExplained(code: string, who: string, ...words: RegExp[]): Promise<void> {
  const { rows } = await db.query<{ code: string; who: string; explanation: string }>(
    "select * from steward.explain_run($1)",
    [run],
  );
  const [found] = rows;
  assert.equal([found?.code, found?.who], [code, who], found?.explanation);
  for (const word of words) assert.match(found?.explanation ?? "", word);
}

/** The text of a function with another body. */
async function replaceBody(name: string, body: string): Promise<void> {
  const { rows } = await db.query<{ text: string }>(
    "select pg_get_functiondef(oid) as text from pg_proc where proname = $1",
    [name],
  );
  await db.query((rows[0]?.text ?? "").replace(/AS \$function\$[\s\S]*/, () => `as $$ ${body} $$`));
}

test("a trigger of somebody else on steps, or on the queue's jobs, raises", async () => {
  await db.query(AUDIT);
  for (const table of ["steward.steps", "graphile_worker._private_jobs"]) {
    await db.query(`create trigger audit before update on ${table} for each row execute function app_private.audit()`);
    await isExplained(
      "cannot_begin",
      "operator",
      /relation "app_private.nothing" does not exist, in app_private.audit\(\)" \(42P01\)\. No attempt is used up/,
    );
    await db.query(`drop trigger audit on ${table}`);
  }
  await isExplained("waits_for_place", "nobody");
});

test("trying leaves nothing behind", async () => {
  const state = async () =>
    (
      await db.query(
        "select (select json_agg(s) from steward.steps s) as steps, (select json_agg(r) from steward.runs r) as runs, (select json_agg(j) from graphile_worker._private_jobs j) as jobs",
      )
    ).rows;
  const before = await state();
  await isExplained("waits_for_place", "nobody", /no step|No place is taken/);
  assert.equal(await state(), before);
});

test("a function of the engine that somebody changed, by which workers pass over the step or fail", async () => {
  await replaceBody("begin_jobs", "begin return; end");
  await isExplained("cannot_begin", "operator", /pass it over/, /steward_private.begin_jobs\(bigint\[\],integer\)/);
  await replaceBody("begin_jobs", "begin raise exception 'oops'; end");
  await isExplained("cannot_begin", "operator", /"oops" \(P0001\)/, /steward_private.begin_jobs/);
});

test("a function that workers may not call any more", async () => {
  await db.query("revoke execute on function steward_private.begin_steps(bigint[], integer) from current_user, public");
  await isExplained("cannot_begin", "operator", /permission denied for function begin_steps/);
});

test("somebody has locked a table of the engine against writing", async () => {
  const other = await db.connect();
  try {
    await other.query("set application_name = 'a deploy'");
    await other.query("begin");
    await other.query("lock table steward.steps in share mode");
    await waitFor(async () => {
      const { rows } = await db.query(
        "select from steward_private.lock_holders('{ShareLock}', true) h where h ~ 'steps'",
      );
      return rows.length > 0;
    });
    await isExplained("cannot_begin", "operator", /lock timeout/, /a deploy, .*has locked steward.steps/, /terminate/);
  } finally {
    other.release(true);
  }
});

test("jobs that are no steps hold the places", async () => {
  await db.query("select graphile_worker.add_job('report')");
  await db.query(
    "update graphile_worker._private_jobs set locked_at = now() - interval '1 minute', locked_by = 'made up' where key is null",
  );
  await isExplained("waits_for_place", "nobody", /jobs that are no steps: report since/);
});

test("a job that was put off: by graphile-worker with its error, or by hand", async () => {
  await db.query(
    "update graphile_worker._private_jobs set run_at = now() + interval '1 hour', last_error = 'the disk is gone'",
  );
  await isExplained("job_put_off", "nobody", /graphile-worker has put off .*the disk is gone/);
  await db.query("update graphile_worker._private_jobs set last_error = null");
  await isExplained("job_put_off", "nobody", /by hand/);
  await db.query("update graphile_worker._private_jobs set run_at = now(), attempts = max_attempts");
  await isExplained("job_put_off", "nobody", /used up its attempts .*by hand/);
});

test("somebody holds the run of a step that is at work, so that it cannot be recorded", async () => {
  await mustBegin(db, (await stepOf(db, run, "a")).id, 901);
  await db.query("update steward.steps set begun_at = now() - interval '10 seconds' where status = 'running'");
  await isExplained("running", "nobody");
  const other = await db.connect();
  try {
    await other.query("begin");
    await other.query("set local application_name = 'support'");
    await other.query("select from steward.runs for update");
    await waitFor(async () => (await db.query("select steward_private.row_holder() as h")).rows[0].h !== null);
    await isExplained("row_held", "operator", /cannot record what it does/, /support/);
  } finally {
    other.release(true);
  }
  await waitFor(async () => {
    const { rows } = await db.query("select code from steward.explain_run($1)", [run]);
    return rows[0].code === "running";
  });
});

test("an attempt that waits again for the lock that was in the way before", async () => {
  await db.query("create table app_private.held as select 1 as id");
  const [holder, waiter] = [await db.connect(), await db.connect()];
  try {
    const { rows } = await holder.query<{ pid: number }>("select pg_backend_pid() as pid");
    await holder.query("begin");
    await holder.query("update app_private.held set id = 2");
    await mustBegin(db, (await stepOf(db, run, "a")).id, 901);
    await db.query(
      "update steward.steps set blocked_since = now() - interval '1 minute', blocked_by = $1 where status = 'running'",
      [`session ${rows[0]?.pid}, somebody`],
    );
    await isExplained("running", "nobody");
    await waiter.query("set application_name = 'steward worker'");
    const update = waiter.query("update app_private.held set id = 3").catch(() => undefined);
    await waitFor(async () => (await db.query("select from pg_locks where not granted")).rowCount);
    await isExplained("blocked", "operator", /right now/, /it last ran: update app_private.held set id = 2/);
    await holder.query("rollback");
    await update;
  } finally {
    holder.release(true);
    waiter.release(true);
  }
});

test("a table of the application that somebody keeps locked, while a step is at work", async () => {
  await mustBegin(db, (await stepOf(db, run, "a")).id, 901);
  await db.query("update steward.steps set begun_at = now() - interval '10 seconds' where status = 'running'");
  await db.query("create table app_private.locked ()");
  const other = await db.connect();
  try {
    await other.query("begin");
    await other.query("lock table app_private.locked in share mode");
    await waitFor(async () => {
      const { rows } = await db.query("select explanation from steward.explain_run($1)", [run]);
      return /may be what it waits for: session \d+ .*has locked app_private.locked/.test(rows[0].explanation);
    });
  } finally {
    other.release(true);
  }
});

test("attempts that ran out of time for connections of their own process", async () => {
  await db.query(
    "insert into steward_private.past_attempts (step_id, lease, begun_at, outcome, error_code, repeats) values ($1, 1, now(), 'release', 'ST401', 3)",
    [(await stepOf(db, run, "a")).id],
  );
  await isExplained(
    "waits_for_place",
    "nobody",
    /3 of its attempts ran out of time .* connections of their own process/,
  );
});

test("attempts that find no connection of their own process free, again and again", async () => {
  const { id } = await stepOf(db, run, "a");
  for (let attempt = 1; attempt <= 5; attempt++) {
    await db.query("update steward.steps set ready_at = now() where id = $1", [id]);
    const { lease } = await mustBegin(db, id, 901);
    await db.query(
      "select steward_private.fail_step($1, $2, 'defer', 'ST901', 'Other steps of this worker have all its connections.', 60000)",
      [id, lease],
    );
    if (attempt === 4) await isExplained("retries", "nobody", /have all its connections/);
  }
  await isExplained("retries", "developer", /5 times in a row: .*process 0 at test.* never released/);
});

test("a worker that has taken the job and does not come to begin it", async () => {
  await db.query(
    "update graphile_worker._private_jobs set locked_at = now() - interval '1 second', locked_by = 'made up'",
  );
  await isExplained("begins", "nobody", /has just taken step a/);
  await db.query("update graphile_worker._private_jobs set locked_at = now() - interval '5 seconds'");
  await isExplained("begins", "nobody", /process 0 at test\) has had the job of step a since .*connection of its own/);
});

test("a step that waits for steps which somebody has set to succeeded", async () => {
  await db.query("update steward.steps set status = 'succeeded' where name = 'a'");
  await isExplained("edited", "operator", /all steps before it have succeeded/);
});

test.run();
