// test-timeout: 300
// Projects from insert to the provider and back, with a real worker process and the embedded cloud in trouble.
import { randomUUID } from "node:crypto";
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { violations } from "../helpers/lifecycle.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";

const test = suite("projects");
let database: TestDatabase;
let db: pg.Pool;
let providers: TestProviders;
let worker: TestWorker;
let tenantId: string;
let people: string[];

const PATIENCE = { timeoutMs: 90_000 };

test.before(async () => {
  [database, providers] = await Promise.all([createDatabase(), startProviders()]);
  db = database.pool;
  people = await column(
    `insert into app_public.users (username, email, role)
     select 'person' || n, 'person' || n || '@example.test', case when n <= 2 then 'admin' else 'member' end::app_public.user_role
     from generate_series(1, 60) n returning id`,
  );
  // Their signups are not what is looked at here.
  await db.query("select steward_private.cancel_runs(array(select id from steward.runs))");
  [tenantId = ""] = await column("insert into app_public.tenants (name) values ('Acme') returning id");
  await db.query("insert into app_public.tenant_members select $1, unnest($2::uuid[])", [
    tenantId,
    people.slice(0, 10),
  ]);
  worker = startWorker({ databaseUrl: database.ownerUrl, apiUrl: database.apiUrl, env: providers.env });
});
test.after(async () => {
  await worker.stop();
  await Promise.all([providers.close(), database.close()]);
});
test.after.each(() => providers.cloud.faults.clear());

test("participants, admins and the tenant's users are each synced once, in the highest role that applies", async () => {
  const projectId = await createProject("overlaps", { rotate: true, creator: people[20] });
  await addMembers(projectId, people.slice(5, 50));
  await becomes(projectId, "active");

  const { project, members } = await atProvider(projectId);
  assert.ok(project?.enabled);
  const expected = new Map<string, string>();
  for (const id of people.slice(0, 10)) expected.set(id, "reader");
  for (const id of people.slice(5, 50)) expected.set(id, "member");
  for (const id of people.slice(0, 2)) expected.set(id, "manager");
  expected.set(people[20] ?? "", "manager");
  assert.equal(members.size, expected.size);
  for (const [id, role] of expected) {
    assert.equal(members.get(id)?.roles, [role], `role of person ${people.indexOf(id) + 1}`);
    assert.is(members.get(id)?.credentials, 1);
  }
  const [run] = await rows("select total, done, failed from steward.runs where scope_id = $1", [projectId]);
  assert.equal(run, { total: expected.size + 1, done: expected.size + 1, failed: 0 });
});

test("a member whose name the provider refuses fails the project; corrected and retried, only that one is done again", async () => {
  const [badId = ""] = await column("insert into app_public.users (username) values ('not-here-please') returning id");
  providers.cloud.faults.refuseNames(["not-here-please"]);
  const projectId = await createProject("refused", { creator: people[30] });
  await addMembers(projectId, [...people.slice(30, 40), badId]);
  await becomes(projectId, "failed");
  const [run] = await rows("select id, error_code, error_message from steward.runs where scope_id = $1", [projectId]);
  assert.is(run?.["error_code"], "ST609");
  assert.match(String(run?.["error_message"]), /refuses the user.s name/);
  const before = await atProvider(projectId);
  assert.ok(
    people.slice(30, 40).every((id) => before.members.has(id)),
    "those that succeeded are kept",
  );

  await db.query("update app_public.users set username = 'welcome-here' where id = $1", [badId]);
  const attempts =
    "select item, attempts, finished_at from steward.steps where run_id = $1 and item <> $2 order by item";
  const others = await rows(attempts, [run?.["id"], badId]);
  await db.query("select steward_private.retry_runs(array[$1::uuid])", [run?.["id"]]);
  await becomes(projectId, "active");
  assert.ok((await atProvider(projectId)).members.has(badId));
  assert.equal(await rows(attempts, [run?.["id"], badId]), others, "the others are left alone");
});

test("who takes a deleted user's name waits until the account of that name is gone", async () => {
  const signUp = "insert into app_public.users (username) values ('heir') returning id";
  const [oldId = ""] = await column(signUp);
  await becomes(await createProject("inherited", { creator: oldId }), "active");
  providers.cloud.faults.add({ kind: "fail", status: 500, method: "DELETE", path: "/users/[^/]+$", times: 1 });
  await db.query("delete from app_public.users where id = $1", [oldId]);
  const [newId = ""] = await column(signUp);
  const projectId = await createProject("taken over", { creator: newId });
  await becomes(projectId, "active");
  const { members } = await atProvider(projectId);
  assert.ok(members.has(newId));
});

test("a project that was made but not recorded is disabled as well when it is suspended", async () => {
  const projectId = await createProject("half made", { creator: people[14] });
  await becomes(projectId, "active");
  // As if the attempt that made it had been cut short.
  await db.query("update app_public.projects set external_id = null where id = $1", [projectId]);
  await db.query("select app_public.suspend_project($1)", [projectId]);
  await waitFor(async () => (await atProvider(projectId)).project?.enabled === false, {
    ...PATIENCE,
    what: "the project to be disabled",
  });
});

test("a provider that is gone for a while is waited for, without using up attempts", async () => {
  providers.cloud.faults.setLatency({ min: 20, max: 40 });
  const projectId = await createProject("outage", { creator: people[3] });
  await addMembers(projectId, people);
  await waitFor(async () => (await atProvider(projectId)).members.size > 5 || undefined, {
    ...PATIENCE,
    what: "some members",
  });
  providers.cloud.faults.add({ kind: "drop", forMs: 8_000 });
  const waiting = await waitFor(
    async () =>
      (
        await rows(
          "select s.error_code, s.error_message from steward.steps s join steward.runs r on r.id = s.run_id where r.scope_id = $1 and s.status = 'retrying'",
          [projectId],
        )
      )[0],
    { ...PATIENCE, what: "a step that waits" },
  );
  assert.match(String(waiting["error_code"]), /^ST60[1-7]$/);
  await becomes(projectId, "active");
  assert.is((await atProvider(projectId)).members.size, people.length);
  const [most] = await rows(
    "select max(attempts)::int as attempts from steward.steps s join steward.runs r on r.id = s.run_id where r.scope_id = $1",
    [projectId],
  );
  assert.is(most?.["attempts"], 1);
  providers.cloud.faults.setLatency({ min: 0, max: 0 });
});

test("a member who comes and goes ten times in a moment ends as they ended", async () => {
  const projectId = await createProject("restless", { creator: people[11] });
  await becomes(projectId, "active");
  const [here = "", gone = ""] = [people[12], people[13]];
  for (let i = 0; i < 10; i++) {
    await addMembers(projectId, [here, gone]);
    await db.query("delete from app_public.project_members where project_id = $1 and user_id = any($2)", [
      projectId,
      [here, gone],
    ]);
  }
  await addMembers(projectId, [here]);
  await settled(projectId);
  const { members } = await atProvider(projectId);
  assert.ok(members.has(here));
  assert.not.ok(members.has(gone));
});

test("later changes touch just those they concern: tenant users, roles, admins", async () => {
  const projectId = await createProject("later", { creator: people[15] });
  await becomes(projectId, "active");
  const [joiner = "", leaver = "", promoted = ""] = [people[40], people[9], people[41]];
  const requests =
    "select count(*)::int as steps from steward.steps s join steward.runs r on r.id = s.run_id where r.scope_id = $1";
  const [before] = await rows(requests, [projectId]);
  await db.query("insert into app_public.tenant_members values ($1, $2)", [tenantId, joiner]);
  await db.query("delete from app_public.tenant_members where user_id = $1", [leaver]);
  await db.query("update app_public.users set role = 'admin' where id = $1", [promoted]);
  await settled(projectId);
  const { members } = await atProvider(projectId);
  assert.equal(members.get(joiner)?.roles, ["reader"]);
  assert.equal(members.get(promoted)?.roles, ["manager"]);
  assert.not.ok(members.has(leaver));
  const [after] = await rows(requests, [projectId]);
  assert.is(Number(after?.["steps"]) - Number(before?.["steps"]), 3);
});

test("a deleted project is gone at the provider, with its runs ended", async () => {
  const projectId = await createProject("short-lived", { creator: people[16] });
  await addMembers(projectId, people.slice(0, 20));
  await db.query("delete from app_public.projects where id = $1", [projectId]);
  await settled(projectId);
  const { project, members } = await atProvider(projectId);
  assert.is(project, undefined);
  assert.is(members.size, 0);
});

test("a project made again with the id of one that is yet to be removed waits for that, and is there in the end", async () => {
  const projectId = await createProject("again", { creator: people[16] });
  await becomes(projectId, "active");
  const before = (await atProvider(projectId)).project?.id;
  await db.query("select steward.pause(task => 'project_remove')");
  await db.query("delete from app_public.projects where id = $1", [projectId]);
  await db.query("insert into app_public.projects (id, name) values ($1, 'again')", [projectId]);
  await waitFor(
    async () =>
      (await rows("select from steward.steps where name = 'project_link' and error_code = 'ST407'"))[0] ?? undefined,
    { ...PATIENCE, what: "the new one to wait" },
  );
  await db.query("select steward.unpause(task => 'project_remove')");
  await becomes(projectId, "active");
  const after = (await atProvider(projectId)).project?.id;
  assert.ok(after !== undefined && after !== before);
});

test("a provider or region that Steward is not configured for is refused", async () => {
  await waitFor(async () => (await rows("select from app_private.cloud_regions"))[0], {
    ...PATIENCE,
    what: "the worker's regions",
  });
  const insert = (provider: string, region: string) =>
    db.query("insert into app_public.projects (name, provider, region) values ($1, $2, $3)", [
      randomUUID(),
      provider,
      region,
    ]);
  assert.is(await insert("nowhere", "RegionOne").catch((error) => error.code), "ST301");
  assert.is(await insert("openstack", "moon").catch((error) => error.code), "ST302");
});

test("no promise was broken", async () => {
  assert.equal(await violations(db), []);
});

test.run();

async function createProject(
  name: string,
  options: { creator: string | undefined; rotate?: boolean },
): Promise<string> {
  const [id = ""] = await column(
    "insert into app_public.projects (name, tenant_id, created_by, rotate_on_link) values ($1, $2, $3, $4) returning id",
    [name, tenantId, options.creator, options.rotate ?? false],
  );
  return id;
}

async function addMembers(projectId: string, userIds: readonly string[]): Promise<void> {
  await db.query("insert into app_public.project_members (project_id, user_id) select $1, unnest($2::uuid[])", [
    projectId,
    userIds,
  ]);
}

async function becomes(projectId: string, status: string): Promise<void> {
  await waitFor(
    async () => (await rows("select from app_public.projects where id = $1 and status = $2", [projectId, status]))[0],
    { ...PATIENCE, what: `the project to be ${status}` },
  );
}

async function settled(projectId: string): Promise<void> {
  await waitFor(
    async () =>
      (await rows("select from steward.runs where scope_id = $1 and finished_at is null", [projectId])).length === 0 ||
      undefined,
    { ...PATIENCE, what: "all runs of the project to end" },
  );
}

/** The project at the provider and, by our ids, who is in it. */
async function atProvider(projectId: string) {
  const state = providers.cloud.state();
  const project = state.projects.find(({ stewardId }) => stewardId === projectId);
  const members = new Map(
    state.users.flatMap(({ stewardId, roles, credentials }) => {
      const here = roles[project?.id ?? ""] ?? [];
      const count = credentials.filter((credential) => credential.projectId === project?.id).length;
      return here.length > 0 ? [[String(stewardId), { roles: here, credentials: count }] as const] : [];
    }),
  );
  return { project, members };
}

async function rows(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  return (await db.query<Record<string, unknown>>(text, values)).rows;
}

async function column(text: string, values: unknown[] = []): Promise<string[]> {
  return (await rows(text, values)).map((row) => String(Object.values(row)[0]));
}
