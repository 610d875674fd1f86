// Statistics lag behind a bulk insert: what workers run must be quick all the same, and the planner told soon.
import pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";

const BULK = 20_000;
const test = suite("statistics");
let database: TestDatabase;
let worker: pg.Client;

test.before(async () => {
  database = await createDatabase();
  worker = new pg.Client({ connectionString: database.ownerUrl });
  await worker.connect();
  for (const table of ["users", "runs", "steps"]) {
    await worker.query(`alter table app_public.${table} set (autovacuum_enabled = false)`);
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
  for (const table of ["app_public.users", "app_public.runs", "app_public.steps"]) {
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
     select * from app_private.claim_steps('database', 0, app_private.join_workers('pool', 'host', 1, false))`,
  );
  await worker.query("select app_private.onboard_users(array(select subject_id from claimed), 'model')");
  await worker.query(
    `select app_private.succeed_steps(array(select step_id from claimed order by step_id),
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

async function refresh(): Promise<string[]> {
  const { rows } = await worker.query<{ tables: string[] }>("select app_private.refresh_statistics() as tables");
  return rows[0]?.tables ?? [];
}

test.run();
