// What mutations do, as those may who are allowed to: users, tenants, projects, members, runs, credentials.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { seal } from "../../../server/secrets.ts";
import { type Answer, startApi, type TestApi, token } from "../../helpers/api.ts";
import { type Cast, castOf } from "../../helpers/cast.ts";

const test = suite("mutations");
let api: TestApi;
let cast: Cast;
let [ada, bob, admin] = ["", "", ""];

test.before(async () => {
  api = await startApi();
  cast = await castOf(api.database.pool);
  ada = await token("user", cast.ada.id);
  bob = await token("user", cast.bob.id);
  admin = await token("admin");
});
test.after(() => api.close());

/** The payload of a mutation; fails when there is an error. */
async function run(who: string, name: string, input: object, selection: string): Promise<Answer["data"]> {
  const answer = await attempt(who, name, input, selection);
  assert.equal(answer.errors, [], `${name}: ${JSON.stringify(answer.errors)}`);
  return answer.data[name];
}

function attempt(who: string, name: string, input: object, selection = "{ __typename }"): Promise<Answer> {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input!`;
  return api.send(who, `mutation ($input: ${type}) { ${name}(input: $input) ${selection} }`, { input });
}

const codeOf = (answer: Answer) => answer.errors[0]?.extensions["code"];
const PROJECT = "{ project { id status members { nodes { userId role } } } }";
type Members = { nodes: { userId: string; role: string }[] };
const roles = (members: Members) => Object.fromEntries(members.nodes.map(({ userId, role }) => [userId, role]));

test("createUser makes a complete signup", async () => {
  const selection =
    "{ user { id username email displayName credits { balance } typeAssignment { userType { name } } runs { nodes { kind status } } } }";
  const { user } = await run(
    admin,
    "createUser",
    { username: "eve", email: "eve@example.test", displayName: "Eve" },
    selection,
  );
  assert.is(user.displayName, "Eve");
  assert.equal(user.credits, { balance: 100 });
  assert.equal(user.typeAssignment, { userType: { name: "Normal HR" } });
  assert.equal(user.runs.nodes, [{ kind: "user_signup", status: "pending" }]);
});

test("resync is for administrators, who see what it found", async () => {
  const input = { projectId: cast.ada.projectId, dryRun: true };
  assert.is(codeOf(await attempt(ada, "resync", input)), "ST102");
  const { runIds, last } = await run(admin, "resync", input, "{ runIds last }");
  assert.is(runIds.length, 1);
  assert.is(last, null);
  assert.is(codeOf(await attempt(admin, "resync", { userId: cast.ada.projectId })), "ST207");
  const all = await run(admin, "resync", {}, "{ runIds last }");
  assert.ok(all.runIds.length >= 2 && all.last !== null);
  assert.equal((await run(admin, "resync", { after: all.last }, "{ runIds last }")).last, null);
  const read = "{ differences { nodes { part what remedy user { username } } } }";
  assert.ok((await api.send(admin, read)).data.differences.nodes.length >= 2);
  assert.equal((await api.send(ada, read)).data.differences.nodes, []);
});

test("a tenant's users are in its projects as long as they belong to it", async () => {
  const { user } = await run(admin, "createUser", { username: "carl" }, "{ user { id } }");
  const { tenant } = await run(admin, "createTenant", { name: "guild", userIds: [cast.ada.id] }, "{ tenant { id } }");
  const { project } = await run(ada, "createProject", { name: "hall", tenantId: tenant.id }, PROJECT);
  assert.equal(roles(project.members), { [cast.ada.id]: "owner" });
  await run(admin, "addTenantMembers", { tenantId: tenant.id, userIds: [user.id, user.id] }, "{ tenant { id } }");
  const members = async () =>
    roles(
      (await api.send(ada, `{ project(id: "${project.id}") { members { nodes { userId role } } } }`)).data.project
        .members,
    );
  assert.equal(await members(), { [cast.ada.id]: "owner", [user.id]: "viewer" });
  await run(admin, "removeTenantMember", { tenantId: tenant.id, userId: user.id }, "{ tenant { id } }");
  assert.equal(await members(), { [cast.ada.id]: "owner" });
});

test("members come, change and go; admins of a project manage them, others do not", async () => {
  const { project } = await run(ada, "createProject", { name: "team", memberIds: [cast.bob.id, cast.bob.id] }, PROJECT);
  assert.equal(roles(project.members), { [cast.ada.id]: "owner", [cast.bob.id]: "member" });
  const { user } = await run(admin, "createUser", { username: "dora" }, "{ user { id } }");
  const adding = { projectId: project.id, userIds: [user.id] };
  assert.is(codeOf(await attempt(bob, "addProjectMembers", adding)), "ST102");
  const promoted = await run(
    ada,
    "addProjectMembers",
    { projectId: project.id, userIds: [cast.bob.id], role: "admin" },
    PROJECT,
  );
  assert.is(roles(promoted.project.members)[cast.bob.id], "admin");
  const added = await run(bob, "addProjectMembers", adding, PROJECT);
  assert.is(roles(added.project.members)[user.id], "member");
  assert.is(
    codeOf(await attempt(bob, "addProjectMembers", { ...adding, role: "owner" })),
    "ST102",
    "only owners make owners",
  );
  assert.is(codeOf(await attempt(bob, "deleteProject", { id: project.id })), "ST102");
  const removed = await run(bob, "removeProjectMember", { projectId: project.id, userId: user.id }, PROJECT);
  assert.not.ok(user.id in roles(removed.project.members));
  // Who leaves does not see the project afterwards.
  assert.is(
    (await run(bob, "removeProjectMember", { projectId: project.id, userId: cast.bob.id }, PROJECT)).project,
    null,
  );
});

test("an admin of a project neither demotes nor removes its owners, nor undoes what is for owners", async () => {
  const { project } = await run(ada, "createProject", { name: "court", memberIds: [cast.bob.id] }, PROJECT);
  const { user } = await run(admin, "createUser", { username: "frank" }, "{ user { id } }");
  const add = (who: string, userId: string, role: string) =>
    attempt(who, "addProjectMembers", { projectId: project.id, userIds: [userId], role }, PROJECT);
  await add(ada, cast.bob.id, "admin");
  await add(ada, user.id, "owner");
  for (const owner of [cast.ada.id, user.id]) {
    const demoted = await add(bob, owner, "viewer");
    assert.equal([codeOf(demoted), demoted.errors[0]?.extensions["field"]], ["ST102", "userIds"]);
    assert.is(codeOf(await attempt(bob, "removeProjectMember", { projectId: project.id, userId: owner })), "ST102");
  }
  const suspended = await run(ada, "suspendProject", { id: project.id }, "{ run { id } }");
  assert.is(codeOf(await attempt(bob, "cancelRun", { id: suspended.run.id })), "ST102");
  assert.is(codeOf(await attempt(bob, "resumeProject", { id: project.id })), "ST102");
  const left = await add(ada, user.id, "member");
  assert.equal(roles(left.data.addProjectMembers.project.members), {
    [cast.ada.id]: "owner",
    [cast.bob.id]: "admin",
    [user.id]: "member",
  });
});

test("the last owner stays: who would leave, or step down, makes another one first", async () => {
  // Made by an administrator who is no user, so that nobody is its owner as its creator.
  const administrator = await token("admin");
  const { project } = await run(administrator, "createProject", { name: "crew", memberIds: [cast.bob.id] }, PROJECT);
  const add = (who: string, userId: string, role: string) =>
    attempt(who, "addProjectMembers", { projectId: project.id, userIds: [userId], role }, PROJECT);
  const leave = () => attempt(ada, "removeProjectMember", { projectId: project.id, userId: cast.ada.id }, PROJECT);
  await add(administrator, cast.ada.id, "owner");
  assert.is(codeOf(await leave()), "ST313");
  const down = await add(ada, cast.ada.id, "admin");
  assert.equal([codeOf(down), down.errors[0]?.extensions["field"]], ["ST313", "userIds"]);
  await add(ada, cast.bob.id, "owner");
  assert.equal((await leave()).errors, []);
});

test("a project is suspended and resumed, whatever it was doing; twice is once", async () => {
  const { project } = await run(ada, "createProject", { name: "pause" }, PROJECT);
  const state = "{ project { status runs(orderBy: CREATED_AT_ASC) { nodes { kind status } } } run { kind status } }";
  const suspended = await run(ada, "suspendProject", { id: project.id }, state);
  assert.is(suspended.project.status, "suspended");
  assert.equal(suspended.run, { kind: "project_state", status: "pending" });
  assert.is(suspended.project.runs.nodes[0].status, "suspended");
  assert.is((await run(ada, "suspendProject", { id: project.id }, state)).run, null);
  const resumed = await run(ada, "resumeProject", { id: project.id }, state);
  assert.is(resumed.project.status, "provisioning");
  assert.equal(
    resumed.project.runs.nodes.map(({ kind, status }: { kind: string; status: string }) => `${kind} ${status}`),
    ["project_provisioning pending", "project_state cancelled", "project_state pending"],
  );
  assert.is((await run(ada, "resumeProject", { id: project.id }, state)).run, null);
});

test("a project that had failed is failed again after suspending and resuming", async () => {
  const { project, run: provisioning } = await run(
    ada,
    "createProject",
    { name: "broken" },
    "{ project { id } run { id } }",
  );
  await run(ada, "cancelRun", { id: provisioning.id }, "{ run { status } }");
  await run(ada, "suspendProject", { id: project.id }, PROJECT);
  assert.is((await run(ada, "resumeProject", { id: project.id }, PROJECT)).project.status, "failed");
});

test("a run is cancelled and retried", async () => {
  assert.equal(await run(ada, "cancelRun", { id: cast.ada.runId }, "{ run { status progress { failed total } } }"), {
    run: { status: "cancelled", progress: { failed: 3, total: 3 } },
  });
  assert.equal(await run(ada, "retryRun", { id: cast.ada.runId }, "{ run { status progress { failed total } } }"), {
    run: { status: "running", progress: { failed: 0, total: 3 } },
  });
});

test("a credential is shown to whom it belongs, once", async () => {
  const mine = { projectId: cast.ada.projectId };
  const sealed = seal(api.encryptionKey, "the secret", `${cast.ada.projectId}/${cast.ada.id}`);
  await api.database.pool.query(
    "insert into app_private.cloud_credentials (project_id, user_id, access_id, secret_sealed) values ($1, $2, 'access', $3)",
    [cast.ada.projectId, cast.ada.id, sealed],
  );
  assert.is(codeOf(await attempt(bob, "revealCredential", mine)), "ST311");
  assert.is(codeOf(await attempt(admin, "revealCredential", mine)), "ST311");
  assert.equal(await run(ada, "revealCredential", mine, "{ accessId secret }"), {
    accessId: "access",
    secret: "the secret",
  });
  assert.is(codeOf(await attempt(ada, "revealCredential", mine)), "ST311");
});

test("a credential that does not open is not taken for shown", async () => {
  await api.database.pool.query("update app_private.cloud_credentials set shown_at = null, secret_sealed = 'v1:AAAA'");
  assert.is(codeOf(await attempt(ada, "revealCredential", { projectId: cast.ada.projectId })), "ST803");
  const { rows } = await api.database.pool.query("select shown_at from app_private.cloud_credentials");
  assert.equal(rows, [{ shown_at: null }]);
});

test("progress counts steps and what is done within them; an estimate needs a history", async () => {
  const read = async () =>
    (
      await api.send(
        bob,
        `{ run(id: "${cast.bob.runId}") { estimatedCompletion progress { done total failed percent } } }`,
      )
    ).data.run;
  const before = await read();
  assert.equal(before.progress, { done: 0, total: 3, failed: 0, percent: 0 });
  assert.ok(Date.parse(before.estimatedCompletion) > Date.now() - 60_000, "what its definition expects");
  await api.database.pool.query(
    "update steward.runs set status = 'running', started_at = now(), done = 1 where id = $1",
    [cast.bob.runId],
  );
  await api.database.pool.query(
    "update steward.steps set status = 'running', done = 5, total = 10 where run_id = $1 and name = 'drive_account'",
    [cast.bob.runId],
  );
  assert.is((await read()).progress.percent, 50);
  await api.database.pool.query(
    "insert into steward.runs (kind, subject_table, subject_id, status, total, created_at, finished_at) values ('user_signup', 'app_public.users', gen_random_uuid(), 'succeeded', 3, now() - interval '1 hour', now() - interval '30 minutes')",
  );
  assert.ok(Date.parse((await read()).estimatedCompletion) > Date.now());
});

test("deleteProject and deleteUser answer with the run that removes the rest", async () => {
  const { run: removal } = await run(ada, "deleteProject", { id: cast.ada.projectId }, "{ run { kind status } }");
  assert.equal(removal, { kind: "project_deletion", status: "pending" });
  const { run: deletion } = await run(ada, "deleteUser", { id: cast.ada.id }, "{ run { kind status owner { id } } }");
  assert.equal(deletion, { kind: "user_deletion", status: "pending", owner: null });
  assert.equal((await api.send(ada, "{ currentUser { id } }")).data, { currentUser: null });
});

test.run();
