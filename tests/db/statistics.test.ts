// Statistics lag behind a bulk insert: what workers run must be quick all the same, and the planner told soon.
import pg from "pg";
import { analyzeOne } from "steward/engine/statistics";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { code } from "../helpers/sql-error.ts";

const BULK = 20_000;
const test = suite("statistics");
let database: TestDatabase;
let worker: pg.Client;

test.before(async () => {
  database = await createDatabase();
  worker = new pg.Client({ connectionString: database.ownerUrl });
  await worker.connect();
  for (const table of ["app_public.users", "steward.runs", "steward.steps"]) {
    await worker.query(`alter table ${table} set (autovacuum_enabled = false)`);
  }
});
test.after(async () => {
  await worker.end();
  await database.close();
});

test("plans made while the tables were small do not read all of them after a bulk signup", async () => {
  for (let round = 0; round < 8; round++) {
    await signUp(30);
    await workOff();
  }
  await signUp(BULK);
  const read = await workOff();
  assert.ok(read < BULK, `${read} rows were read to onboard 128 users out of ${BULK}`);
});

test("a table that changed as many rows as it had is analyzed, once", async () => {
  await signUp(BULK);
  await worker.query("select pg_stat_force_next_flush()");
  const analyzed = await refresh();
  for (const table of ["app_public.users", "steward.runs", "steward.steps"]) {
    assert.ok(analyzed.includes(table), `${table} was not analyzed, but ${analyzed}`);
  }
  assert.equal(await refresh(), []);
});

async function signUp(users: number): Promise<void> {
  await worker.query("insert into app_public.users (username) select $1 || n from generate_series(1, $2::int) n", [
    crypto.randomUUID(),
    users,
  ]);
}

/** Claims as many steps as the lane allows, onboards their users and ends the steps. Returns how many rows that read. */
async function workOff(): Promise<number> {
  await worker.query("begin");
  const before = await rowsRead();
  await worker.query(
    `create temp table claimed on commit drop as
     select * from steward_private.claim_steps('database', 0, steward_private.join_workers('pool', 'host', 1, false))`,
  );
  await worker.query("select app_private.onboard_users(array(select subject_id::uuid from claimed), 'model')");
  await worker.query(
    `select steward_private.succeed_steps(array(select step_id from claimed order by step_id),
       array(select lease from claimed order by step_id))`,
  );
  const read = (await rowsRead()) - before;
  await worker.query("commit");
  return read;
}

/** Rows that this connection has read and not yet reported to the statistics. */
async function rowsRead(): Promise<number> {
  const { rows } = await worker.query<{ read: number }>(
    `select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::float8 as read from pg_stat_xact_user_tables
     where schemaname in ('app_public', 'app_private')`,
  );
  return rows[0]?.read ?? Number.NaN;
}

test("an analysis that is cut is not begun again at once, by whomever, and takes a smaller sample each time until it ends", async () => {
  await worker.query("create table app_private.grown (n integer) with (autovacuum_enabled = false)");
  await grow(1_000);
  assert.is(await begin(), 100);
  assert.is(await begin(), undefined);
  for (const expected of [10, 1, 1]) {
    await worker.query("update steward_private.analyses set next_at = now() where table_name = 'app_private.grown'");
    assert.is(await begin(), expected);
    assert.is(await begin(), undefined);
  }
  const { rows } = await worker.query<{ tries: number; wait: number }>(
    "select tries, extract(epoch from next_at - begun_at)::int as wait from steward_private.analyses where table_name = 'app_private.grown'",
  );
  assert.equal(rows, [{ tries: 4, wait: 160 }]);

  await worker.query("analyze app_private.grown");
  await grow(5_000);
  assert.is(await begin(), 100);
});

test("an open insert of a project does not stop the analysis, nor the analysis an insert", async () => {
  await worker.query("analyze app_private.grown");
  await grow(50_000);
  const other = await database.pool.connect();
  try {
    await other.query("begin");
    await other.query("insert into app_public.projects (name) values ('while it is analyzed')");
    assert.ok((await refresh()).length > 0);
    await other.query("rollback; begin; set local lock_timeout = '2s'");
    await worker.query("begin; analyze app_public.projects, steward.runs, steward.steps");
    assert.is(await code(other.query("insert into app_public.projects (name) values ('meanwhile')")), undefined);
  } finally {
    await worker.query("rollback");
    await other.query("rollback");
    other.release();
  }
});

async function refresh(): Promise<string[]> {
  const analyzed: string[] = [];
  for (let table = await analyzeOne(worker); table !== undefined; table = await analyzeOne(worker))
    analyzed.push(table);
  return analyzed;
}

async function grow(rows: number): Promise<void> {
  await worker.query("insert into app_private.grown select n from generate_series(1, $1::int) n", [rows]);
  await worker.query("select pg_stat_force_next_flush()");
}

/** Begins all analyses that are to be begun; returns the sample of that of app_private.grown, if it is among them. */
async function begin(): Promise<number | undefined> {
  let sample: number | undefined;
  for (;;) {
    const { rows } = await worker.query("select * from steward_private.begin_analysis()");
    if (rows[0]?.table_name === null) return sample;
    if (rows[0]?.table_name === "app_private.grown") sample = rows[0].statistics_target;
  }
}

test.run();
