// Finished runs are kept for a while, then removed with their steps; what is open, recent or kept longer stays, and nothing takes the gap for a fault.
import { randomUUID } from "node:crypto";
import { forgetRuns } from "steward/engine/retention";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { addHistory } from "../helpers/history.ts";
import { violations } from "../helpers/lifecycle.ts";

const test = suite("retention");
const never = new AbortController().signal;
let database: TestDatabase;

test.before.each(async () => {
  database = await createDatabase();
});
test.after.each(() => database.close());

function forget(): Promise<number> {
  return forgetRuns(database.pool, never);
}

async function kinds(): Promise<string[]> {
  const { rows } = await database.pool.query<{ what: string }>(
    "select kind || ' ' || status || ' ' || extract(day from now() - created_at) as what from steward.runs order by created_at desc",
  );
  return rows.map(({ what }) => what);
}

/** A run of so many days ago, with a step. */
async function past(kind: string, status: string, days: number): Promise<void> {
  await database.pool.query(
    `with r as (
       insert into steward.runs (kind, subject_table, subject_id, status, created_at, finished_at)
       values ($1, 'app_public.users', $2, $3::text::steward.run_status, now() - make_interval(days => $4, hours => 1),
         case when $3::text in ('succeeded', 'failed', 'cancelled') then now() - make_interval(days => $4) end)
       returning id
     )
     insert into steward.steps (run_id, name, lane, task, status, max_attempts)
     select id, 'a', 'database', 'a', 'succeeded', 3 from r`,
    [kind, randomUUID(), status, days],
  );
}

test("succeeded and cancelled runs go after 30 days, failed ones after 90, open ones never", async () => {
  for (const days of [29, 31, 91])
    for (const status of ["succeeded", "cancelled", "failed", "running"]) await past("user_signup", status, days);
  assert.is(await forget(), 2 * 5); // of each a run and its step
  const left = await kinds();
  assert.equal(left.filter((what) => !what.includes("running")).sort(), [
    "user_signup cancelled 29",
    "user_signup failed 29",
    "user_signup failed 31",
    "user_signup succeeded 29",
  ]);
  assert.is(left.length, 7);
  const { rows } = await database.pool.query(
    "select from steward.steps s where not exists (select from steward.runs r where r.id = s.run_id)",
  );
  assert.is(rows.length, 0);
});

test("settings and the lifecycle's own times decide", async () => {
  for (const kind of ["user_signup", "user_deletion"])
    for (const status of ["succeeded", "failed"]) for (const days of [3, 40]) await past(kind, status, days);
  await database.pool.query(
    "insert into steward.settings (name, value, description) values ('keep_days', 2, ''), ('keep_failed_days', 2, '')",
  );
  await database.pool.query(
    "update steward.lifecycles set keep = '100 days', keep_failed = '10 days' where kind = 'user_deletion'",
  );
  await forget();
  assert.equal((await kinds()).sort(), [
    "user_deletion failed 3",
    "user_deletion succeeded 3",
    "user_deletion succeeded 40",
  ]);
});

test("a piece is bounded, also of a run with very many steps, and goes on where it was", async () => {
  await past("project_update", "succeeded", 50);
  await database.pool.query(
    `insert into steward.steps (run_id, name, item, lane, task, status, max_attempts)
     select id, 'sync_member', n, 'cloud', 'a', 'succeeded', 3 from steward.runs, generate_series(1, 12000) n`,
  );
  const { rows } = await database.pool.query("select * from steward_private.forget_runs()");
  assert.is(rows[0].removed, 5_000);
  assert.is(await forget(), 7_002);
  await addHistory(database.superuserUrl, 1_200);
  await database.pool.query("update steward.runs set finished_at = finished_at - interval '1 year'");
  assert.is(await forget(), 2_400);
  assert.equal(await kinds(), []);
});

test("a run that somebody holds, or two workers at once: nothing fails", async () => {
  for (let n = 0; n < 3; n++) await past("user_signup", "failed", 100);
  const other = await database.pool.connect();
  try {
    await other.query("begin");
    await other.query("select from steward.runs order by id limit 1 for update");
    assert.is(await forget(), 4);
    await other.query("rollback");
  } finally {
    other.release();
  }
  await Promise.all([forget(), forget()]);
  assert.equal(await kinds(), []);
});

test("a user and a project of long ago: nobody misses their runs", async () => {
  const { pool } = database;
  await pool.query("insert into app_public.users (username) values ('old')");
  await pool.query("insert into app_public.projects (name, created_by) select 'old', id from app_public.users");
  await pool.query("update app_public.users set created_at = now() - interval '1 year'");
  await pool.query(
    "update app_public.projects set created_at = now() - interval '1 year', status = 'active', external_id = 'x'",
  );
  await pool.query("select steward_private.cancel_runs(array(select id from steward.runs))");
  await pool.query(
    "update steward.runs set finished_at = now() - interval '1 year', created_at = now() - interval '1 year'",
  );
  await pool.query("update app_public.projects set status = 'active'");
  await forget();
  assert.equal(await kinds(), []);
  assert.equal((await pool.query("select * from steward.all_violations")).rows, []);
  assert.equal(await violations(pool), []);
});

test.run();
