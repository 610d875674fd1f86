// A TRUNCATE is followed as a DELETE of all rows is, or refused where that would leave rows behind.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { code } from "../helpers/sql-error.ts";

interface Context {
  database: TestDatabase;
}
const test = suite<Context>("truncate");

const CAST = `
insert into app_public.tenants (name) values ('guild');
insert into app_public.users (username) values ('ada'), ('bob'), ('carl');
insert into app_public.tenant_members select t.id, u.id from app_public.tenants t, app_public.users u where u.username = 'carl';
insert into app_public.projects (name, tenant_id, created_by)
select 'hall', t.id, u.id from app_public.tenants t, app_public.users u where u.username = 'ada';
insert into app_public.project_members (project_id, user_id) select p.id, u.id from app_public.projects p, app_public.users u where u.username = 'bob';
insert into app_public.labels (user_id, label_key) select id, 'x' from app_public.users`;

test.before.each(async (context) => {
  context.database = await createDatabase();
  await context.database.pool.query(CAST);
});
test.after.each(({ database }) => database.close());

async function runs({ pool }: TestDatabase): Promise<unknown> {
  const { rows } = await pool.query(
    "select kind || ' ' || status as run, count(*)::int as runs from steward.runs group by 1 order by 1",
  );
  return Object.fromEntries(rows.map(({ run, runs }) => [run, runs]));
}

async function left({ pool }: TestDatabase, ...tables: string[]): Promise<number[]> {
  const { rows } = await pool.query(
    `select ${tables.map((table) => `(select count(*)::int from app_public.${table}) as ${table}`).join()}`,
  );
  return tables.map((table) => rows[0][table]);
}

test("users: every one of them gets a deletion, and so do the projects that go along", async ({ database }) => {
  await database.pool.query("truncate app_public.users cascade");
  assert.equal(await runs(database), {
    "project_deletion pending": 1,
    "project_provisioning cancelled": 1,
    "user_deletion pending": 3,
    "user_signup cancelled": 3,
  });
  assert.equal(await left(database, "users", "projects", "project_members", "labels"), [0, 0, 0, 0]);
  assert.equal((await database.pool.query("select * from steward.all_violations")).rows, []);
});

test("projects: every one of them gets a deletion", async ({ database }) => {
  await database.pool.query("truncate app_public.projects restart identity cascade");
  const { "project_deletion pending": deletions } = (await runs(database)) as Record<string, number>;
  assert.is(deletions, 1);
  assert.equal(await left(database, "users", "projects", "project_members"), [3, 0, 0]);
  assert.equal((await database.pool.query("select * from steward.all_violations")).rows, []);
});

test("tenant_members: who was in a project for that reason leaves it", async ({ database }) => {
  assert.equal(await left(database, "project_members"), [3]);
  await database.pool.query("truncate app_public.tenant_members");
  assert.equal(await left(database, "project_members"), [2]);
});

test("project_members: refused where somebody would stay for another reason, otherwise all leave", async ({
  database,
}) => {
  await database.pool.query("update app_public.users set role = 'admin' where username = 'bob'");
  assert.is(await code(database.pool.query("truncate app_public.project_members cascade")), "ST216");
  assert.equal(await left(database, "project_members"), [3]);
  await database.pool.query("update app_public.users set role = 'member' where username = 'bob'");
  await database.pool.query("truncate app_public.project_members");
  assert.equal(await left(database, "project_members"), [0]);
  const { rows } = await database.pool.query(
    "select count(*)::int as steps from steward.steps where name = 'sync_member' and status in ('queued', 'waiting')",
  );
  assert.equal(rows, [{ steps: 3 }]);
});

test("refused where a snapshot is kept, which would not see all rows that go", async ({ database: { pool } }) => {
  for (const level of ["repeatable read", "serializable"])
    for (const table of ["users", "projects", "tenant_members", "project_members"]) {
      const truncated = pool.query(`begin isolation level ${level}; truncate app_public.${table} cascade`);
      assert.is(await code(truncated.finally(() => pool.query("rollback"))), "ST425");
    }
});

test("rolled back, all is as it was", async ({ database }) => {
  const before = await runs(database);
  await database.pool.query("begin; truncate app_public.users, app_public.projects cascade; rollback");
  assert.equal(await runs(database), before);
  assert.equal(await left(database, "users", "projects", "labels"), [3, 1, 3]);
});

test.run();
