// Rows without what must have followed them are broken promises, whatever kept it from following.

import { withClient } from "steward/migrate/connect";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { blocksOf } from "../helpers/blocks.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { addHistory } from "../helpers/history.ts";
import { code } from "../helpers/sql-error.ts";

const test = suite("violations");
let database: TestDatabase;

test.before(async () => {
  database = await createDatabase();
});
test.after(() => database.close());

async function found(): Promise<string[]> {
  const { rows } = await database.pool.query<{ violation: string }>(
    "select violation from steward.violations order by 1",
  );
  return rows.map(({ violation }) => violation);
}

test("what was inserted while triggers were off is missing its run; what came as usual is not", async () => {
  await database.pool.query("insert into app_public.users (username) values ('usual')");
  assert.equal(await found(), []);
  await withClient({ connectionString: database.superuserUrl }, async (superuser) => {
    await superuser.query("set session_replication_role = replica");
    await superuser.query("insert into app_public.users (username) values ('restored')");
    await superuser.query("insert into app_public.projects (name) values ('restored')");
  });
  assert.equal(await found(), ["P1: a project has no provisioning run", "P1: a user has no signup run"]);
});

test("a project's status that is not its run's, and a user without credits, are told with their runs", async () => {
  await database.pool.query("insert into app_public.projects (name) values ('untrue')");
  await database.pool.query("update app_public.projects set status = 'active' where name = 'untrue'");
  await database.pool.query("delete from app_public.user_credits");
  const { rows } = await database.pool.query<{ violation: string }>(
    "select violation from steward.violations where run_id is not null order by 1",
  );
  assert.equal(
    rows.map(({ violation }) => violation),
    ["P2: a user has no credits or no type", "P6: a project's status is not that of its provisioning"],
  );
});

test("the nightly mending gives what is lacking, and is content then", async () => {
  await database.pool.query("select * from app_private.mend_violations(now() - interval '8 days')");
  assert.equal(await found(), ["P6: a project's status is not that of its provisioning"]);
  await database.pool.query("update app_public.projects set status = 'provisioning'");
  assert.equal(await found(), []);
  const { rows } = await database.pool.query("select * from app_private.mend_violations('-infinity')");
  assert.equal(rows, [{ users: 0, projects: 0 }]);
});

test("a user who went while triggers were off is told by all_violations, and gets a deletion that takes all along", async () => {
  const { rows } = await database.pool.query<{ id: string }>(
    "insert into app_public.users (username) values ('gone') returning id",
  );
  const id = rows[0]?.id;
  await database.pool.query("select app_private.onboard_users(array[$1::uuid], 'm')", [id]);
  await database.pool.query("insert into app_public.projects (name, created_by) values ('theirs', $1)", [id]);
  await database.pool.query("insert into app_public.labels (user_id, label_key) values ($1, 'x')", [id]);
  await withClient({ connectionString: database.superuserUrl }, async (superuser) => {
    await superuser.query("set session_replication_role = replica");
    await superuser.query("delete from app_public.users where id = $1", [id]);
  });
  assert.equal(await found(), []);
  const all = await database.pool.query("select violation, subject_id from steward.all_violations");
  assert.equal(all.rows, [{ violation: "P1: a user is gone without a deletion run", subject_id: id }]);
  const backfill = "select runs from app_private.backfill_deletions(null, 1000, $1)";
  assert.equal((await database.pool.query(backfill, [true])).rows, [{ runs: 1 }]);
  assert.equal((await database.pool.query(backfill, [false])).rows, [{ runs: 1 }]);
  assert.equal((await database.pool.query(backfill, [false])).rows, [{ runs: 0 }]);
  assert.equal((await database.pool.query("select from steward.all_violations")).rows, []);
  const left = await database.pool.query(
    `select (select count(*)::int from app_public.user_credits where user_id = $1) as credits,
       (select count(*)::int from app_public.documents d join app_public.notebooks n on n.id = d.notebook_id join app_public.spaces s on s.id = n.space_id where s.former_owner_id = $1) as documents,
       (select count(*)::int from app_public.spaces where former_owner_id = $1 or owner_id = $1) as spaces,
       (select count(*)::int from app_public.project_members where user_id = $1) as memberships,
       (select count(*)::int from app_public.projects where created_by = $1) as projects,
       (select count(*)::int from app_public.labels where user_id = $1) as labels`,
    [id],
  );
  assert.equal(left.rows, [{ credits: 0, documents: 0, spaces: 0, memberships: 0, projects: 0, labels: 0 }]);
});

test("members who came while triggers were off are told by all_violations, and the backfill puts them into their project", async () => {
  const { pool, superuserUrl } = database;
  const { rows: made } = await pool.query<{ id: string }>(
    "insert into app_public.projects (name) values ('joined while triggers were off') returning id",
  );
  const { rows: users } = await pool.query<{ id: string }>(
    "insert into app_public.users (username) values ('silent'), ('usual member') returning id",
  );
  const [project, silent, usual] = [made[0]?.id, users[0]?.id, users[1]?.id];
  const join = "insert into app_public.project_members (project_id, user_id) values ($1, $2)";
  await pool.query(join, [project, usual]);
  await withClient({ connectionString: superuserUrl }, async (superuser) => {
    await superuser.query("set session_replication_role = replica");
    await superuser.query(join, [project, silent]);
  });
  const all = "select violation, subject_id from steward.all_violations";
  assert.equal((await pool.query(all)).rows, [
    { violation: "P1: a member was never put into the project", subject_id: project },
  ]);
  const backfill = "select runs from app_private.backfill_projects(null, 1000, $1)";
  assert.equal((await pool.query(backfill, [true])).rows, [{ runs: 1 }]);
  assert.equal((await pool.query(backfill, [false])).rows, [{ runs: 1 }]);
  assert.equal((await pool.query(backfill, [false])).rows, [{ runs: 0 }]);
  assert.equal((await pool.query(all)).rows, []);
  const { rows: steps } = await pool.query<{ status: string }>(
    "select status from steward.steps where name = 'sync_member' and item = any ($1)",
    [[silent, usual]],
  );
  assert.equal(
    steps.map(({ status }) => status),
    ["waiting", "waiting"],
  );
});

test("a trigger that is off is told", async () => {
  await database.pool.query("alter table app_public.users disable trigger _900_start_signup");
  assert.equal(await found(), ["P1: the trigger _900_start_signup of app_public.users is off"]);
  await database.pool.query("alter table app_public.users enable trigger _900_start_signup");
  assert.equal(await found(), []);
});

test("what is broken anywhere comes in sight, and stays until it is mended; a look reads a part of what there is", async () => {
  const { pool, superuserUrl } = database;
  await pool.query("select steward_private.cancel_runs(array(select id from steward.runs))");
  await addHistory(superuserUrl, 15_000);
  await pool.query("analyze");
  const client = await pool.connect();
  const blocks = await blocksOf(client, "select * from steward.violations").finally(() => client.release());
  assert.ok(blocks < 15_000, `${blocks} blocks`);
  const { rows } = await pool.query<{ id: string }>(
    "update steward.runs set done = 7 where id = (select id from steward.runs where status = 'succeeded' order by id offset 11000 limit 1) returning id",
  );
  const broken = { violation: "P6: an ended run miscounts its steps", run_id: rows[0]?.id };
  const look = async () => {
    await pool.query("update steward_private.watched set looked_at = '-infinity', violations_at = '-infinity'");
    await pool.query("select steward.watch()");
    return (await pool.query("select violation, run_id from steward.violations")).rows;
  };
  assert.equal((await pool.query("select violation, run_id from steward.all_violations")).rows, [broken]);
  assert.equal(await look(), [], "ten thousand runs were looked at");
  assert.equal([await look(), await look()], [[broken], [broken]]);
  await pool.query("update steward.runs set done = 1 where id = $1", [rows[0]?.id]);
  assert.equal(await look(), []);
  const { rows: watched } = await pool.query(
    "select looked_after::text ~ '^[0-]+$' as anew from steward_private.watched",
  );
  assert.equal(watched, [{ anew: true }]);
});

test("a check must be a function that is there", async () => {
  assert.is(await code(database.pool.query("select steward.add_check('app_private.no_such_function')")), "ST420");
});

test.run();
