// What mends what was left lying: it is bounded, waits for nobody, and no part of it undoes another.
import type pg from "pg";
import { createMending, createParts } from "steward/engine/mending";
import { log } from "steward/log";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { startEngine } from "../helpers/engine.ts";
import { defineLifecycle, jobsOf, startRun, startRuns, statusOf, violations } from "../helpers/lifecycle.ts";

const NONE = "00000000-0000-0000-0000-000000000000";
const test = suite("mending");
let database: TestDatabase;
let db: pg.Pool;

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
});
test.after(() => database.close());

test("a held project keeps nothing else from being mended, and its run is left unlocked", async () => {
  const held = await completeProvisioning();
  const free = await completeProvisioning();
  const holder = await db.connect();
  try {
    await holder.query("begin");
    await holder.query("select from app_public.projects where id = $1 for update", [held.projectId]);
    const patient = await db.connect();
    await patient.query("begin; set local lock_timeout = '100ms'");
    const { rows } = await patient.query<{ ended: string[] }>("select ended from steward_private.mend_batches()");
    assert.equal(rows[0]?.ended, [free.runId]);
    // Otherwise the deletion that holds the project would wait for us, and we for it.
    await holder.query("select from steward.runs where id = $1 for update nowait", [held.runId]);
    await patient.query("commit");
    patient.release();
  } finally {
    await holder.query("rollback");
    holder.release();
  }
  await db.query("select steward_private.mend_batches()");
  assert.is(await statusOf(db, held.runId), "succeeded");
});

test("of many runs with a complete batch a slice is looked at, and only those that are stuck are touched", async () => {
  const kind = await defineLifecycle(db, [
    { name: "member", isBatch: true },
    { name: "single", lane: "drive" },
  ]);
  const runs = (await startRuns(db, kind, 2_500)).sort();
  const stuck = [runs[10] ?? "", runs[2_490] ?? ""];
  await db.query("select steward.request_steps($1, 'member', $2)", [runs, runs]);
  await db.query(
    `update steward.steps set status = case when name = 'member' then 'succeeded' else 'retrying' end::steward.step_status,
       is_backlog = false, ready_at = now() + interval '1 hour' where run_id = any ($1)`,
    [runs],
  );
  await db.query("update steward_private.batch_progress set done = total where run_id = any ($1)", [runs]);
  await db.query("update steward.steps set status = 'succeeded', finished_at = now() where run_id = any ($1)", [stuck]);
  await db.query("update steward.runs set done = 1 where id = any ($1)", [stuck]);

  const ended: string[] = [];
  const slices: number[] = [];
  for (let after: string | null = NONE; after !== null; ) {
    const client = await db.connect();
    await client.query("begin");
    const found: pg.QueryResult<{ ended: string[]; next_after: string | null }> = await client.query(
      "select * from steward_private.mend_batches($1)",
      [after],
    );
    slices.push(await locked(client));
    await client.query("commit");
    client.release();
    ended.push(...(found.rows[0]?.ended ?? []));
    after = found.rows[0]?.next_after ?? null;
  }
  assert.equal(ended, stuck);
  assert.equal(slices, [1, 1]);
  await db.query("select steward_private.cancel_runs($1)", [runs]);
});

test("due steps that have a job are looked at a slice at a time, and a lost one behind them is found", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const runs = await startRuns(db, kind, 1_500);
  await db.query(
    `update steward.steps s set is_backlog = false, priority = 0, ready_at = now() - interval '1 minute' + n.ordinality * interval '1 ms'
     from unnest($1::uuid[]) with ordinality n (run_id) where s.run_id = n.run_id`,
    [runs],
  );
  await db.query(
    `select graphile_worker.add_job('a', json_build_object('step', id::text), job_key => 'step:' || id) from steward.steps
     where run_id = any ($1) and run_id <> $2`,
    [runs, runs.at(-1)],
  );
  const cursors: (string | null)[] = ["-infinity"];
  while (cursors.at(-1) !== null) {
    const { rows } = await db.query("select steward_private.mend_steps($1)::text as next", [cursors.at(-1)]);
    cursors.push(rows[0]?.next);
  }
  assert.is(cursors.length, 3);
  assert.equal(await jobsOf(db, runs.at(-1) ?? ""), ["a"]);
  await db.query("select steward_private.cancel_runs($1)", [runs]);
  await db.query("delete from graphile_worker._private_jobs");
});

test("many lost jobs are made up for at once, but for a step that somebody has locked", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const runs: string[] = [];
  for (let i = 0; i < 60; i++) runs.push(await startRun(db, kind));
  await db.query("delete from graphile_worker._private_jobs");
  await db.query("update steward.steps set ready_at = now() - interval '11 seconds' where run_id = any ($1)", [runs]);
  const holder = await db.connect();
  const patient = await db.connect();
  try {
    await holder.query("begin");
    await holder.query("select from steward.steps where run_id = $1 for update", [runs[7]]);
    await patient.query("begin; set local lock_timeout = '100ms'");
    await patient.query("select steward_private.mend_steps()");
    await patient.query("commit");
  } finally {
    await holder.query("rollback");
    for (const client of [holder, patient]) client.release(true);
  }
  const { rows } = await db.query<{ run_id: string }>(
    "select run_id from steward.steps where run_id = any ($1) and not is_backlog",
    [runs],
  );
  assert.equal(rows, [{ run_id: runs[7] }]);
  await db.query("select steward_private.cancel_runs($1)", [runs]);
});

test("a lane that was deleted while steps wait in it is made again", async () => {
  await db.query("insert into steward.lanes (name) values ('leaves')");
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  await db.query("update steward.lifecycle_steps set lane = 'leaves' where kind = $1", [kind]);
  const runs = await startRuns(db, kind, 30);
  await db.query("update steward.lifecycle_steps set lane = 'database' where kind = $1", [kind]);
  await db.query("delete from steward.lanes where name = 'leaves'");
  for (const part of createParts()) await part(db);
  const { rows } = await db.query("select name from steward.lanes where name in ('leaves', 'drive') order by 1");
  assert.equal(rows, [{ name: "drive" }, { name: "leaves" }]);
  await db.query("select steward_private.cancel_runs($1)", [runs]);
});

test("a part that fails keeps no other from its work", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const run = await startRun(db, kind);
  await db.query("delete from graphile_worker._private_jobs");
  await db.query("update steward.steps set ready_at = now() - interval '11 seconds' where run_id = $1", [run]);
  await db.query("alter function steward_private.mend_jobs() rename to mend_jobs_away");
  const mend = createMending(db, log.child({}, { level: "silent" }));
  for (let beat = 0; beat < 20; beat++) mend(beat === 19);
  await waitFor(async () => (await jobsOf(db, run)).length > 0, { what: "the job" });
  await db.query("alter function steward_private.mend_jobs_away() rename to mend_jobs");
  await db.query("select steward_private.cancel_runs($1)", [[run]]);
});

test("a mending that takes long costs no worker its presence", async () => {
  const own = await createDatabase();
  await own.pool.query(
    `create or replace function steward_private.mend_starts() returns void language sql as 'select pg_sleep(7)';
     create or replace function steward_private.is_mending_due() returns boolean language sql as 'select true'`,
  );
  const kind = await defineLifecycle(own.pool, [{ name: "a" }]);
  let attempts = 0;
  const engine = await startEngine({
    connectionString: own.ownerUrl,
    works: {
      a: async (step) => {
        attempts++;
        // As long as the mending is under way, from its first beat to its end.
        await waitFor(async () => (await sleepers(own.pool)) > 0);
        await waitFor(async () => (await sleepers(own.pool)) === 0);
        step.guard();
        return undefined;
      },
    },
  });
  const run = await startRun(own.pool, kind);
  await waitFor(async () => (await statusOf(own.pool, run)) === "succeeded", { timeoutMs: 30_000, what: "the run" });
  assert.is(attempts, 1);
  const { rows } = await own.pool.query<{ id: number }>("select id from steward_private.workers");
  assert.equal(rows, [{ id: engine.workerId }]);
  await engine.stop();
  await own.close();
});

test("what graphile-worker has put off for hours, because it could not be begun, is tried again within seconds; until then it is a violation", async () => {
  const kind = await defineLifecycle(db, [{ name: "a" }]);
  const run = await startRun(db, kind);
  await db.query("update graphile_worker._private_jobs set run_at = now() + interval '6 hours', attempts = 11");
  await db.query("update steward.steps set ready_at = now() - interval '40 seconds' where run_id = $1", [run]);
  const { rows } = await db.query<{ violation: string }>("select violation from steward.violations");
  assert.equal(rows, [{ violation: "P4: a step that is due has no job that would begin it soon" }]);
  for (const part of createParts()) await part(db);
  const { rows: jobs } = await db.query(
    `select run_at <= now() as due, attempts from graphile_worker.jobs
     where key = 'step:' || (select id from steward.steps where run_id = $1)`,
    [run],
  );
  assert.equal(jobs, [{ due: true, attempts: 0 }]);
  assert.equal(await violations(db), []);
  await db.query("select steward_private.cancel_runs($1)", [[run]]);
});

test("workers look only where anything may lie about", async () => {
  const own = await createDatabase();
  const isDue = async () => (await own.pool.query("select steward_private.is_mending_due() as due")).rows[0]?.due;
  const kind = await defineLifecycle(own.pool, [{ name: "single" }, { name: "many", isBatch: true }]);
  assert.is(await isDue(), false);
  const run = await startRun(own.pool, kind);
  await own.pool.query("update steward.steps set ready_at = now() - interval '9 seconds'");
  assert.is(await isDue(), false);
  await own.pool.query("update steward.steps set ready_at = now() - interval '11 seconds'");
  assert.is(await isDue(), true);
  await own.pool.query("update steward.steps set ready_at = now() + interval '1 hour', status = 'retrying'");
  await own.pool.query("select steward.request_steps($1, 'many', $2)", [[run], ["x"]]);
  assert.is(await isDue(), true);
  await own.close();
});

test("nothing of all this broke a promise", async () => {
  assert.equal(await violations(db), []);
});

test.run();

/** A project all of whose members are synced, whose last worker did not look. */
async function completeProvisioning(): Promise<{ projectId: string; runId: string }> {
  const { rows } = await db.query<{ id: string }>(
    "insert into app_public.projects (name) values (gen_random_uuid()) returning id",
  );
  const projectId = rows[0]?.id ?? "";
  const { rows: runs } = await db.query<{ id: string }>("select id from steward.runs where subject_id = $1", [
    projectId,
  ]);
  const runId = runs[0]?.id ?? "";
  await db.query("select steward.request_steps(array[$1::uuid], 'sync_member', array['x'])", [runId]);
  await db.query("update steward.steps set status = 'succeeded', finished_at = now() where run_id = $1", [runId]);
  await db.query("update steward.runs set status = 'running', started_at = now(), done = 1 where id = $1", [runId]);
  await db.query("update steward_private.batch_progress set done = total where run_id = $1", [runId]);
  return { projectId, runId };
}

/** How many runs this transaction has changed. */
async function locked(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    "select count(*)::int as n from steward.runs where xmin = pg_current_xact_id()::xid",
  );
  return rows[0]?.n ?? 0;
}

async function sleepers(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    "select count(*)::int as n from pg_stat_activity where datname = current_database() and state = 'active' and query like '%mend_starts()'",
  );
  return rows[0]?.n ?? 0;
}
