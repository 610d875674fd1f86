// Projects in SQL: what holds whatever comes at the same moment, whatever is suspended, and whoever writes the tables by hand.
import { randomUUID } from "node:crypto";
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { knowWorker, mustBegin, statusOf, stepOf, succeed, violations } from "../helpers/lifecycle.ts";
import { untilBlocked } from "../helpers/locks.ts";
import { code } from "../helpers/sql-error.ts";

const test = suite("projects in SQL");
let database: TestDatabase;
let db: pg.Pool;
let tenantId: string;
let otherTenantId: string;

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
  [tenantId = "", otherTenantId = ""] = await column(
    "insert into app_public.tenants (name) values ('Acme'), ('Other') returning id",
  );
});
test.after(() => database.close());

test("a suspended project's steps are in nobody's backlog until it is resumed", async () => {
  const people = await addUsers(40);
  const projectId = await createLinkedProject();
  await addMembers(projectId, people.slice(0, 25));
  await knowWorker(db, 1);
  await db.query("update steward.lanes set places = null where name = 'cloud'"); // tests/db/places.test.ts has these
  const { rows } = await db.query<{ step_id: string }>(
    "select step_id from steward_private.claim_steps('cloud', 0, 1)",
  );
  assert.is(rows.length, 25);
  await db.query("select app_public.suspend_project($1)", [projectId]);
  await db.query("select steward_private.end_attempts($1, 1)", [rows.map((row) => row.step_id)]);
  await addMembers(projectId, people.slice(25));
  assert.is(await backlogOf(projectId), 0);
  await db.query("select app_public.resume_project($1)", [projectId]);
  assert.is(await backlogOf(projectId), 40);
  await end(projectId);
});

test("suspending a project does not wait for its creator, whose deletion waits for the project", async () => {
  const [creator = ""] = await addUsers(1);
  const create = "insert into app_public.projects (name, created_by) values ('created', $1) returning id";
  const [projectId = ""] = await column(create.replace("$1", `'${creator}'`));
  const deleter = await db.connect();
  const suspender = await db.connect();
  try {
    await deleter.query(`begin; select from app_public.users where id = '${creator}' for update`);
    await suspender.query("begin; set local lock_timeout = '5s'");
    await suspender.query("select app_public.suspend_project($1)", [projectId]);
    await suspender.query("commit");
    await deleter.query("rollback");
  } finally {
    suspender.release(true);
    deleter.release(true);
  }
  assert.is(await status(projectId), "suspended");
  await end(projectId);
});

for (const [who, statement] of Object.entries({
  "joins its tenant": "insert into app_public.tenant_members (tenant_id, user_id) values ($1, $2)",
  "becomes an administrator": "update app_public.users set role = 'admin' where $1::text is not null and id = $2",
})) {
  test(`whoever ${who} while a project is being deleted becomes a member of the others`, async () => {
    const [goes, stays] = [await createProject(tenantId), await createProject(tenantId)];
    const [userId = ""] = await addUsers(1);
    await atOnce(
      (client) => client.query("delete from app_public.projects where id = $1", [goes]),
      () => db.query(statement, [tenantId, userId]),
    );
    const projects = await column("select project_id from app_public.project_members where user_id = $1", [userId]);
    assert.equal(projects, [stays]);
    await db.query("delete from app_public.users where id = $1", [userId]);
    await end(stays);
  });
}

test("a user of the tenant who is being deleted does not keep a project from being made", async () => {
  const [userId = ""] = await addUsers(1);
  await db.query("insert into app_public.tenant_members (tenant_id, user_id) values ($1, $2)", [otherTenantId, userId]);
  let made = "";
  await atOnce(
    (client) => client.query("delete from app_public.users where id = $1", [userId]),
    async () => {
      made = await createProject(otherTenantId);
    },
  );
  assert.equal(await membersOf(made), []);
  await end(made);
});

test("an administrator who is inserted is a member of the projects that are there", async () => {
  const projectId = await createProject();
  const [adminId] = await column(
    "insert into app_public.users (username, role) values ('newadmin', 'admin') returning id",
  );
  const read = "select role from app_public.project_members where project_id = $1 and user_id = $2";
  const { rows } = await db.query(read, [projectId, adminId]);
  assert.equal(rows, [{ role: "admin" }]);
  await db.query("delete from app_public.users where id = $1", [adminId]);
  await end(projectId);
});

test("only resuming ends a suspension: not a retry, whose run waits as well, nor a cancellation", async () => {
  const projectId = await createProject();
  const run = await runOf(projectId, "project_provisioning");
  await db.query("select steward_private.cancel_runs($1)", [[run]]);
  await db.query("select app_public.suspend_project($1)", [projectId]);
  await db.query("select steward.retry_run($1)", [run]);
  assert.equal([await statusOf(db, run), await status(projectId)], ["suspended", "suspended"]);
  await db.query("select steward.cancel_run($1)", [run]);
  assert.is(await status(projectId), "suspended");
  await db.query("select steward.retry_run($1)", [run]);
  await db.query("select app_public.resume_project($1)", [projectId]);
  assert.equal([await statusOf(db, run), await status(projectId)], ["pending", "provisioning"]);
  await end(projectId);
});

test("a run that is suspended and resumed by hand takes its project along", async () => {
  const projectId = await createProject();
  const run = await runOf(projectId, "project_provisioning");
  await db.query("select steward_private.suspend_runs($1)", [[run]]);
  assert.is(await status(projectId), "suspended");
  await db.query("select steward_private.resume_runs($1)", [[run]]);
  assert.is(await status(projectId), "provisioning");
  await end(projectId);
});

test("who joins in the moment of the resuming is synced", async () => {
  const [person] = await addUsers(1);
  const projectId = await createLinkedProject();
  await db.query("select app_public.suspend_project($1)", [projectId]);
  await atOnce(
    (client) => client.query("select app_public.resume_project($1)", [projectId]),
    () => addMembers(projectId, [String(person)]),
  );
  assert.is(await statusOf(db, await runOf(projectId, "project_update")), "pending");
  await end(projectId);
});

test("who leaves the tenant, or ceases to be an admin, in the moment of a project's making is not in it", async () => {
  const [leaver, admin] = await addUsers(2);
  await db.query("insert into app_public.tenant_members values ($1, $2)", [tenantId, leaver]);
  await db.query("update app_public.users set role = 'admin' where id = $1", [admin]);
  let projectId = "";
  const make = async () => {
    projectId = await createProject(tenantId);
  };
  await atOnce((client) => client.query("delete from app_public.tenant_members where user_id = $1", [leaver]), make);
  assert.equal(await membersOf(projectId), [`${admin} admin`]);
  await end(projectId);
  await atOnce((client) => client.query("update app_public.users set role = 'member' where id = $1", [admin]), make);
  assert.equal(await membersOf(projectId), []);
  await end(projectId);
});

test("a tenant's user can be deleted while a project is being made there", async () => {
  const [person] = await addUsers(1);
  await db.query("insert into app_public.tenant_members values ($1, $2)", [tenantId, person]);
  let projectId = "";
  await atOnce(
    async (client) => {
      const { rows } = await client.query<{ id: string }>(
        "insert into app_public.projects (name, tenant_id) values ($1, $2) returning id",
        [randomUUID(), tenantId],
      );
      projectId = String(rows[0]?.id);
    },
    () => db.query("delete from app_public.users where id = $1", [person]),
  );
  assert.equal(await membersOf(projectId), []);
  await end(projectId);
});

test("who is added and joins the tenant at the same moment has the higher role, in either order", async () => {
  const [first, second] = (await addUsers(2)).map(String);
  const projectId = await createLinkedProject(tenantId);
  const join = (on: Db, person: unknown) =>
    on.query("insert into app_public.tenant_members values ($1, $2)", [tenantId, person]);
  const add = (on: Db, person: unknown) =>
    on.query("select app_public.add_project_members($1, $2, 'admin')", [projectId, [person]]);
  await atOnce(
    (client) => join(client, first),
    () => add(db, first),
  );
  await atOnce(
    (client) => add(client, second),
    () => join(db, second),
  );
  assert.equal(await membersOf(projectId), [`${first} admin`, `${second} admin`].sort());
  await db.query("delete from app_public.tenant_members where user_id = any ($1)", [[first, second]]);
  assert.equal(await membersOf(projectId), [`${first} admin`, `${second} admin`].sort());
  await end(projectId);
});

test("who loses two reasons to be in a project at the same moment is out of it", async () => {
  const [first, second] = (await addUsers(2)).map(String);
  const projectId = await createLinkedProject(tenantId);
  await db.query("insert into app_public.tenant_members select $1, unnest($2::uuid[])", [tenantId, [first, second]]);
  await db.query("select app_public.add_project_members($1, $2, 'member')", [projectId, [first, second]]);
  const leaveTenant = (on: Db, person: unknown) =>
    on.query("select app_public.remove_tenant_member($1, $2)", [tenantId, person]);
  const leaveProject = (on: Db, person: unknown) =>
    on.query("select app_public.remove_project_member($1, $2)", [projectId, person]);
  await atOnce(
    (client) => leaveTenant(client, first),
    () => leaveProject(db, first),
  );
  await atOnce(
    (client) => leaveProject(client, second),
    () => leaveTenant(db, second),
  );
  assert.equal(await membersOf(projectId), []);
  await end(projectId);
});

test("a project can be deleted while its members change, and its owner while others make projects", async () => {
  const [owner, joiner] = (await addUsers(2)).map(String);
  const projectId = await createLinkedProject(tenantId);
  await db.query("update app_public.projects set created_by = $2 where id = $1", [projectId, owner]);
  await db.query("insert into app_public.tenant_members values ($1, $2)", [tenantId, joiner]);
  const client = await db.connect();
  await client.query("begin");
  await client.query("delete from app_public.users where id = $1", [owner]);
  const other = await createProject(tenantId); // waits for nobody
  await client.query("commit");
  await end(other);
  client.release();
  await atOnce(
    (client) => client.query("delete from app_public.tenant_members where user_id = $1", [joiner]),
    () => db.query("delete from app_public.projects where id = $1", [projectId]),
  );
  assert.is(await status(projectId), undefined);
  await end(projectId);
});

test("plain updates: another tenant, another role, another user", async () => {
  const [mover, demoted, successor] = (await addUsers(3)).map(String);
  const projectId = await createLinkedProject(tenantId);
  await db.query("insert into app_public.tenant_members values ($1, $2)", [tenantId, mover]);
  assert.equal(await membersOf(projectId), [`${mover} viewer`]);
  await db.query("update app_public.tenant_members set tenant_id = $1 where user_id = $2", [otherTenantId, mover]);
  assert.equal(await membersOf(projectId), []);

  await db.query("insert into app_public.project_members (project_id, user_id, role) values ($1, $2, 'admin')", [
    projectId,
    demoted,
  ]);
  await db.query("update app_public.project_members set role = 'viewer' where user_id = $1", [demoted]);
  await db.query("select app_private.refresh_project_members($1)", [[projectId]]);
  assert.equal(await membersOf(projectId), [`${demoted} viewer`]);

  const run = await runOf(projectId, "project_update");
  const asked = async () =>
    (await column("select item from steward.steps where run_id = $1 and status = 'queued'", [run])).sort();
  for (const item of await asked())
    await succeed(db, await mustBegin(db, (await stepOf(db, run, "sync_member", item)).id, 1));
  await db.query("update app_public.project_members set user_id = $2 where user_id = $1", [demoted, successor]);
  const next = await runOf(projectId, "project_update");
  assert.equal(
    (await column("select item from steward.steps where run_id = $1", [next])).sort(),
    [demoted, successor].sort(),
  );
  await end(projectId);
});

test("a role that an application's trigger sets is the participant's own", async () => {
  const [person] = (await addUsers(1)).map(String);
  const projectId = await createLinkedProject(tenantId);
  await addMembers(projectId, [String(person)]);
  await db.query(`
    create schema shop;
    create table shop.staff (user_id uuid);
    create function shop.promote() returns trigger language plpgsql as $$
    begin
      update app_public.project_members set role = 'admin' where user_id = NEW.user_id;
      return null;
    end $$;
    create trigger promote after insert on shop.staff for each row execute function shop.promote()`);
  await db.query("insert into shop.staff values ($1)", [person]);
  // Whatever makes the members' roles anew.
  await db.query("insert into app_public.tenant_members values ($1, $2)", [tenantId, person]);
  await db.query("delete from app_public.tenant_members where user_id = $1", [person]);
  assert.equal(await membersOf(projectId), [`${person} admin`]);
  await end(projectId);
});

test("a run is not retried while another of its kind is open: ST410", async () => {
  const people = (await addUsers(2)).map(String);
  const projectId = await createLinkedProject();
  await addMembers(projectId, people.slice(0, 1));
  const first = await runOf(projectId, "project_update");
  await db.query("select steward_private.cancel_runs($1)", [[first]]);
  await addMembers(projectId, people.slice(1));
  assert.is(await code(db.query("select steward.retry_run($1)", [first])), "ST410");
  await end(projectId);
});

test("no promise was broken", async () => {
  assert.equal(await violations(db), []);
});

test.run();

type Db = Pick<pg.ClientBase, "query">;

/** The second begins when the first has done its work but not committed it, and has to wait for that. */
async function atOnce(
  first: (client: pg.PoolClient) => Promise<unknown>,
  second: () => Promise<unknown>,
): Promise<void> {
  const client = await db.connect();
  try {
    await client.query("begin");
    await first(client);
    const pending = second();
    await untilBlocked(db);
    await client.query("commit");
    await pending;
  } finally {
    client.release();
  }
}

async function column(text: string, values: unknown[] = []): Promise<string[]> {
  return (await db.query({ text, values, rowMode: "array" })).rows.map(([value]) => String(value));
}

function addUsers(count: number): Promise<string[]> {
  return column(
    "insert into app_public.users (username) select gen_random_uuid() from generate_series(1, $1) returning id",
    [count],
  );
}

async function createProject(tenant?: string): Promise<string> {
  const [id] = await column("insert into app_public.projects (name, tenant_id) values ($1, $2) returning id", [
    randomUUID(),
    tenant,
  ]);
  return String(id);
}

/** One whose provisioning is done. */
async function createLinkedProject(tenant?: string): Promise<string> {
  const id = await createProject(tenant);
  const run = await runOf(id, "project_provisioning");
  await db.query("update app_public.projects set external_id = id where id = $1", [id]);
  await succeed(db, await mustBegin(db, (await stepOf(db, run, "project_link")).id, 1));
  assert.is(await status(id), "active");
  return id;
}

async function addMembers(projectId: string, people: readonly string[]): Promise<void> {
  await db.query("insert into app_public.project_members (project_id, user_id) select $1, unnest($2::uuid[])", [
    projectId,
    people,
  ]);
}

async function membersOf(projectId: string): Promise<string[]> {
  return (
    await column("select user_id || ' ' || role from app_public.project_members where project_id = $1", [projectId])
  ).sort();
}

async function status(projectId: string): Promise<string | undefined> {
  return (await column("select status from app_public.projects where id = $1", [projectId]))[0];
}

/** The last one. */
async function runOf(projectId: string, kind: string): Promise<string> {
  const [id] = await column(
    "select id from steward.runs where scope_id = $1 and kind = $2 order by created_at desc limit 1",
    [projectId, kind],
  );
  return String(id);
}

async function backlogOf(projectId: string): Promise<number> {
  const [count] = await column(
    "select count(*) from steward.steps s join steward.runs r on r.id = s.run_id where r.scope_id = $1 and s.is_backlog",
    [projectId],
  );
  return Number(count);
}

/** So that nothing of it is in the next test's way. */
async function end(projectId: string): Promise<void> {
  await db.query("delete from app_public.projects where id = $1", [projectId]);
  await db.query("update steward.steps set worker_id = null");
  await db.query("select steward_private.cancel_runs(array(select id from steward.runs))");
}
