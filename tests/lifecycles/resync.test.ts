// test-timeout: 180
// What people change by hand at the providers is found by one resync, mended where Steward may, and not found by a second one.
// The changes are made through the stand-ins' own protocols; the real Keystone can take the cloud's place: OS_AUTH_URL and its companions.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { resync } from "../../scripts/resync/pass.ts";
import { externalIdFor } from "../../server/providers/drive.ts";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { violations } from "../helpers/lifecycle.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { allSucceeded, signUp } from "../helpers/workers.ts";
import { type RawKeystone, signInRaw } from "../server/providers/raw-keystone.ts";

const test = suite("resync");
let database: TestDatabase;
let db: pg.Pool;
let providers: TestProviders;
let keystone: RawKeystone;
let worker: TestWorker;
let people: string[];
let projects: string[];

const EVERYTHING = { isDryRun: false, isRemade: null };

test.before(async () => {
  [database, providers] = await Promise.all([createDatabase(), startProviders()]);
  db = database.pool;
  const { url, regionName, ...login } = providers.cloud;
  keystone = await signInRaw({ ...login, authUrl: url, name: regionName });
  people = await signUp(db, 12);
  projects = await column(
    "insert into app_public.projects (name, created_by, rotate_on_link) select 'p' || n, $1, n < 4 from generate_series(1, 6) n returning id",
    [people[0]],
  );
  await db.query(
    "insert into app_public.project_members (project_id, user_id) select p, u from unnest($1::uuid[]) p, unnest($2::uuid[]) u on conflict do nothing",
    [projects, people],
  );
  worker = startWorker({ databaseUrl: database.ownerUrl, apiUrl: database.apiUrl, env: providers.env });
  await allSucceeded(db);
});
test.after(async () => {
  await worker.stop();
  await Promise.all([providers.close(), database.close()]);
});
test.after.each(async () => assert.equal(await violations(db), []));

test("nothing differs after everything was made", async () => {
  assert.equal(await run(EVERYTHING), {
    looked: people.length + projects.length,
    found: 0,
    known: 0,
    failed: 0,
    replaced: 0,
  });
});

test("a provider that there is not is refused; the drive alone means users alone", async () => {
  const refused = await run({ provider: "nowhere", isDryRun: true, isRemade: null }).catch((error: unknown) => error);
  assert.is((refused as { code?: string }).code, "ST301");
  assert.is((await run({ provider: "drive", isDryRun: true, isRemade: null })).looked, people.length);
});

test("a look alone tells and changes nothing; statuses tell the truth", async () => {
  await drive("DELETE", `/users/${account(11)}`);
  const { found } = await run({ userId: people[11], isDryRun: true, isRemade: null });
  assert.is(found, 1);
  assert.is(await one("select status from app_public.drive_accounts where user_id = $1", [people[11]]), "lost");
  assert.equal(await remedies(), ["drive drive_account existence none"]);
});

test("every kind of change is found by one resync and mended, with what is not ours untouched; a second finds nothing", async () => {
  const stranger = await keystone.ask("POST", "/users", { user: { name: "stranger", domain_id: "default" } });
  const strangerId = JSON.parse(stranger.text).user.id;
  const [first = "", second = "", third = "", fourth = "", fifth = "", sixth = ""] = await external(projects);
  await keystone.grant(second, strangerId, "member");
  const users = await cloudIds();

  // The drive: gone, renamed, another address, disabled.
  await drive("DELETE", `/users/${account(1)}`);
  await drive("PUT", `/users/${account(2)}`, { key: "displayname", value: "Somebody" });
  await drive("PUT", `/users/${account(3)}`, { key: "email", value: "else@example.test" });
  await drive("PUT", `/users/${account(4)}/disable`);
  // The cloud's accounts: gone, renamed, another address, disabled.
  await keystone.remove("users", users[5] ?? "");
  await keystone.ask("PATCH", `/users/${users[6]}`, { user: { name: "renamed by hand" } });
  await keystone.ask("PATCH", `/users/${users[7]}`, { user: { email: "other@example.test" } });
  await keystone.ask("PATCH", `/users/${users[8]}`, { user: { enabled: false } });
  await swapNames("user", users[10] ?? "", users[11] ?? "");
  // Its projects: gone, disabled, renamed, described otherwise, with each other's name.
  await keystone.remove("projects", first);
  await keystone.enableProject(second, false);
  await keystone.ask("PATCH", `/projects/${third}`, { project: { name: "by hand" } });
  await keystone.ask("PATCH", `/projects/${fourth}`, { project: { description: "by hand" } });
  await swapNames("project", fifth, sixth);
  // Its members: a role taken, another given, a key removed, somebody put in who was not.
  await revoke(fifth, users[1] ?? "", "member");
  await keystone.grant(fifth, users[2] ?? "", "manager");
  const [key = ""] = await column(
    "select access_id from app_private.cloud_credentials where project_id = $1 and user_id = $2",
    [projects[1], people[3]],
  );
  await keystone.ask("DELETE", `/users/${users[3]}/credentials/OS-EC2/${key}`);
  await db.query("delete from app_public.project_members where project_id = $1 and user_id = $2", [
    projects[5],
    people[9],
  ]);
  await allSucceeded(db);
  await keystone.grant((await external(projects))[5] ?? "", users[9] ?? "", "member");

  const { found, failed } = await run(EVERYTHING);
  assert.is(failed, 0);
  // The keys and roles of the account that is gone went with it; and the look at a project may find that account gone, and have it
  // made again, before the look at its user comes to it. So is a name, by the user or the project that is to have it.
  const names = (await remedies()).filter((text) => text === "openstack project name project_rename").length;
  assert.ok(names === 2 || names === 3, `${names} names of projects`);
  assert.equal(
    (await remedies()).filter((text) => !/member (role|key)|cloud_account (existence|name)|project name/.test(text)),
    [
      "drive drive_account email user_update",
      "drive drive_account enabled left",
      "drive drive_account existence user_signup",
      "drive drive_account existence user_signup",
      "drive drive_account name user_update",
      "openstack cloud_account email user_update",
      "openstack cloud_account enabled left",
      "openstack project description project_rename",
      "openstack project enabled project_state",
      "openstack project existence project_provisioning",
    ],
  );
  assert.ok(found >= 15, `${found} differences`);
  await mended();

  assert.equal(await run(EVERYTHING), {
    looked: people.length + projects.length,
    found: 0,
    known: 2,
    failed: 0,
    replaced: 0,
  });
  assert.equal(await remedies(), ["drive drive_account enabled left", "openstack cloud_account enabled left"]);
  assert.is(await one("select status from app_public.drive_accounts where user_id = $1", [people[4]]), "disabled");
  assert.equal(await keystone.roles(second, strangerId), ["member"], "who is not ours stays as they are");

  // Enabled again by whoever disabled them: nothing is left.
  await drive("PUT", `/users/${account(4)}/enable`);
  await keystone.ask("PATCH", `/users/${users[8]}`, { user: { enabled: true } });
  await run(EVERYTHING);
  assert.equal(await remedies(), []);
  assert.is(await one("select status from app_public.drive_accounts where user_id = $1", [people[4]]), "active");
});

test("what is gone counts as lost where that is asked for, until it is to be made again", async () => {
  const [gone = ""] = await external([projects[0] ?? ""]);
  await keystone.remove("projects", gone);
  await drive("DELETE", `/users/${account(5)}`);
  await run({ projectId: projects[0], isDryRun: false, isRemade: false });
  await run({ userId: people[5], isDryRun: false, isRemade: false });
  const projectStatus = () => one("select status from app_public.projects where id = $1", [projects[0]]);
  const driveStatus = () => one("select status from app_public.drive_accounts where user_id = $1", [people[5]]);
  assert.equal([await projectStatus(), await driveStatus()], ["failed", "lost"]);
  await run({ projectId: projects[0], isDryRun: false, isRemade: true });
  await run({ userId: people[5], isDryRun: false, isRemade: true });
  await mended();
  assert.equal([await projectStatus(), await driveStatus()], ["active", "active"]);
});

test("an account at the cloud that is gone counts as lost where that is asked for, also in its projects; then it is made again", async () => {
  const [user = ""] = await column("select external_id from app_private.cloud_users where user_id = $1", [people[6]]);
  await keystone.remove("users", user);
  const name = await one("select username from app_public.users where id = $1", [people[6]]);
  await run({ isDryRun: false, isRemade: false });
  await mended();
  assert.equal(await keystone.users(name), []);
  const found = new Set(await remedies());
  assert.equal([...found].sort(), [
    "openstack cloud_account existence lost",
    "openstack member key lost",
    "openstack member role lost",
  ]);
  assert.is((await run({ isDryRun: false, isRemade: false })).found, 0);
  await run({ isDryRun: false, isRemade: true });
  await mended();
  const [again = ""] = (await keystone.users(name)).map(({ id }) => id);
  for (const id of await external(projects)) assert.equal(await keystone.roles(id, again), ["member"]);
  assert.is((await run(EVERYTHING)).found, 0);
  assert.equal(await remedies(), []);
});

test("what does not carry our mark any more is told and left to people, not made again; a database's mark that is gone is set anew", async () => {
  const [users, [own = "", other = ""]] = [await cloudIds(), await external([projects[1] ?? "", projects[4] ?? ""])];
  const mark = (path: string, marks: object) =>
    keystone.ask("PATCH", path, { [path.startsWith("/users") ? "user" : "project"]: marks });
  await mark(`/users/${users[2]}`, { steward_id: null });
  await mark(`/users/${users[3]}`, { steward_database: "another's" });
  await mark(`/users/${users[7]}`, { steward_database: null });
  await mark(`/projects/${own}`, { steward_id: null });
  await mark(`/projects/${other}`, { steward_database: null });
  const left = [
    "openstack cloud_account mark left",
    "openstack cloud_account mark left",
    "openstack project mark left",
  ];
  await run(EVERYTHING);
  await mended();
  assert.equal(
    (await remedies()).filter((text) => !text.endsWith("left")),
    ["openstack cloud_account mark user_update", "openstack project mark project_rename"],
  );
  assert.is((await run(EVERYTHING)).found, 0);
  assert.equal(await remedies(), left);

  await db.query("update app_public.users set email = 'moved@example.test' where id = $1", [people[2]]);
  await mended();
  const failure =
    "select error_code from steward.runs where kind = 'user_update' and subject_id = $1 and status = 'failed'";
  assert.is(await one(failure, [people[2]]), "ST619");
  await mark(`/users/${users[2]}`, { steward_id: people[2] });
  await mark(`/users/${users[3]}`, { steward_database: await one("select steward.mark()") });
  await mark(`/projects/${own}`, { steward_id: projects[1] });
  await run(EVERYTHING);
  await mended();
  await run(EVERYTHING);
  assert.equal(await remedies(), []);
  assert.equal([await cloudIds(), await external([projects[1] ?? ""])], [users, [own]], "nothing was made again");
});

test("a project and an account that have another id at the provider by now are taken for ours again", async () => {
  const ids = [await external([projects[4] ?? ""]), await cloudIds()];
  await db.query("update app_public.projects set external_id = 'elsewhere' where id = $1", [projects[4]]);
  await db.query("update app_private.cloud_users set external_id = 'elsewhere' where user_id = $1", [people[4]]);
  await run(EVERYTHING);
  await mended();
  assert.equal([await external([projects[4] ?? ""]), await cloudIds()], ids);
  await run(EVERYTHING);
  await mended();
  assert.equal(await remedies(), []);
});

test("a member whose account could not be made again is found by the next resync too, and made when that can be", async () => {
  const [user = ""] = await column("select external_id from app_private.cloud_users where user_id = $1", [people[7]]);
  const name = await one("select username from app_public.users where id = $1", [people[7]]);
  await keystone.remove("users", user);
  const stranger = await keystone.ask("POST", "/users", { user: { name, domain_id: "default" } });
  const wanted = { projectId: projects[4], isDryRun: false, isRemade: true };
  await run({ userId: people[7], isDryRun: false, isRemade: true });
  await mended();
  await run(wanted);
  assert.ok((await remedies()).includes("openstack member role project_update"));
  await mended();
  await keystone.remove("users", JSON.parse(stranger.text).user.id);
  await run(EVERYTHING);
  await mended();
  const [again = ""] = (await keystone.users(name)).map(({ id }) => id);
  for (const id of await external(projects)) assert.equal(await keystone.roles(id, again), ["member"]);
  await run(EVERYTHING);
  assert.equal(await remedies(), []);
});

test("a member whose account was disabled before they came into the project is no difference, nor is a deleted user about to go", async () => {
  const [user = ""] = await column("select external_id from app_private.cloud_users where user_id = $1", [people[10]]);
  await keystone.ask("PATCH", `/users/${user}`, { user: { enabled: false } });
  const [project = ""] = await column(
    "insert into app_public.projects (name, created_by) values ('later', $1) returning id",
    [people[0]],
  );
  const [leaver = ""] = await signUp(db, 1);
  await db.query("insert into app_public.project_members (project_id, user_id) select $1, unnest($2::uuid[])", [
    project,
    [people[10], leaver],
  ]);
  await mended();
  await db.query("select steward.pause(task => 'cloud_remove', reason => 'a test')");
  await db.query("delete from app_public.users where id = $1", [leaver]);
  const { found, failed } = await run({ projectId: project, isDryRun: false, isRemade: null });
  assert.equal([found, failed, await keystone.roles((await external([project]))[0] ?? "", user)], [0, 0, ["member"]]);
  await db.query("select steward.unpause(task => 'cloud_remove')");
  await keystone.ask("PATCH", `/users/${user}`, { user: { enabled: true } });
});

test("a member whose account is made again for another project, while theirs is looked at, is found and mended all the same", async () => {
  const [user = ""] = await column("select external_id from app_private.cloud_users where user_id = $1", [people[8]]);
  const name = await one("select username from app_public.users where id = $1", [people[8]]);
  await keystone.remove("users", user);
  // The look at the keys of this project takes until the other one is mended.
  providers.cloud.faults.add({ kind: "late", method: "GET", path: "/credentials/OS-EC2$", ms: 2_000, times: 1 });
  const slow = run({ projectId: projects[1], isDryRun: false, isRemade: true });
  await sleep(300);
  await run({ projectId: projects[4], isDryRun: false, isRemade: true });
  await slow;
  await mended();
  const [again = ""] = (await keystone.users(name)).map(({ id }) => id);
  assert.equal(await keystone.roles((await external([projects[1] ?? ""]))[0] ?? "", again), ["member"]);
  await run(EVERYTHING);
  await mended();
});

test("a resync takes the place of a look alone that is under way, and waits for another one", async () => {
  await drive("DELETE", `/users/${account(8)}`);
  await db.query("select steward.pause(lane => 'drive', reason => 'a test')");
  await db.query("select app_public.resync(user_id => $1, is_dry_run => true)", [people[8]]);
  const wanted = { userId: people[8], isDryRun: false, isRemade: true };
  const first = run(wanted);
  const looks = `select id from steward.runs
    where kind = 'user_check' and subject_id = $1 and status in ('pending', 'running') and not coalesce((input ->> 'is_dry_run')::boolean, false)`;
  await waitFor(async () => (await column(looks, [people[8]]))[0], { what: "the first look" });
  const told: string[] = [];
  const second = run(wanted, (line) => told.push(line));
  await waitFor(() => told[0]?.startsWith("Waiting for 1") || undefined, { what: "the second to wait" });
  await db.query("select steward.unpause(lane => 'drive')");
  assert.equal(await first, { looked: 1, found: 1, known: 0, failed: 0, replaced: 0 });
  await mended();
  assert.is(await one("select status from app_public.drive_accounts where user_id = $1", [people[8]]), "active");
  assert.is((await second).looked, 1);
});

test("a drive account that somebody makes while ours is about to be made again gets our password", async () => {
  await drive("DELETE", `/users/${account(9)}`);
  await db.query("select steward.pause(task => 'drive_account', reason => 'a test')");
  await run({ userId: people[9], provider: "drive", isDryRun: false, isRemade: true });
  await drive("POST", "/users", { userid: account(9), password: "A stranger's, 123" });
  await db.query("select steward.unpause(task => 'drive_account')");
  await mended();
  const { url } = providers.drive;
  const login = `Basic ${Buffer.from(`${account(9)}:A stranger's, 123`).toString("base64")}`;
  const answer = await fetch(`${url}/ocs/v2.php/cloud/user?format=json`, {
    headers: { "OCS-APIRequest": "true", Authorization: login },
  });
  await answer.text();
  assert.is(answer.status, 401);
});

test("a project that turns out to be gone when a member changes is made again at once", async () => {
  const [gone = ""] = await external([projects[3] ?? ""]);
  await keystone.remove("projects", gone);
  await db.query(
    "update app_public.project_members set participant_role = 'viewer' where project_id = $1 and user_id = $2",
    [projects[3], people[2]],
  );
  await waitFor(async () => (await external([projects[3] ?? ""]))[0] !== gone || undefined, {
    what: "another project",
  });
  await waitFor(
    async () =>
      (await one("select status from app_public.projects where id = $1", [projects[3]])) === "active" || undefined,
    {
      what: "the project to be active",
    },
  );
  const [id = ""] = await external([projects[3] ?? ""]);
  assert.equal(await keystone.roles(id, (await cloudIds())[2] ?? ""), ["reader"]);
});

test("the nightly pass looks at those first who were not looked at for the longest time, within its budget", async () => {
  await db.query(
    "update app_public.drive_accounts set checked_at = now() - interval '1 day' where user_id = any ($1)",
    [people.slice(0, 2)],
  );
  // One with a key for each of its members.
  await db.query("update app_public.projects set checked_at = now() - interval '1 day' where id = $1", [projects[1]]);
  const { rows } = await db.query("select * from app_private.check_next(8)");
  assert.equal(rows, [{ users: 2, projects: 1 }]);
  const [oldest] = await column("select min(checked_at) > now() - interval '1 hour' from app_public.drive_accounts");
  assert.is(oldest, "true");
});

test.run();

function run(wanted: Parameters<typeof resync>[1], print: (line: string) => unknown = () => undefined) {
  return resync(db, wanted, new AbortController().signal, (line) => void print(line));
}

/** Waits until what a resync started is done. */
async function mended(): Promise<void> {
  await waitFor(
    async () =>
      (await column("select id from steward.runs where status in ('pending', 'running')")).length === 0 || undefined,
    {
      timeoutMs: 60_000,
      what: "everything to be mended",
    },
  );
}

/** Open differences, in words. */
function remedies(): Promise<string[]> {
  return column(
    "select concat_ws(' ', provider, part, what, remedy) from app_public.differences where ended_at is null order by 1",
  );
}

function account(index: number): string {
  return externalIdFor(people[index] ?? "");
}

async function drive(method: string, path: string, body?: unknown): Promise<void> {
  const { url, adminUser, adminPassword } = providers.drive;
  const answer = await fetch(`${url}/ocs/v2.php/cloud${path}?format=json`, {
    method,
    headers: {
      "OCS-APIRequest": "true",
      Authorization: `Basic ${Buffer.from(`${adminUser}:${adminPassword}`).toString("base64")}`,
      "Content-Type": "application/json",
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  assert.is(answer.status, 200, `${method} ${path}`);
  await answer.text();
}

/** Two accounts or projects at the cloud have each other's name. */
async function swapNames(kind: "user" | "project", first: string, second: string): Promise<void> {
  const nameOf = async (id: string) => JSON.parse((await keystone.ask("GET", `/${kind}s/${id}`)).text)[kind].name;
  const rename = (id: string, name: string) => keystone.ask("PATCH", `/${kind}s/${id}`, { [kind]: { name } });
  const [ofFirst, ofSecond] = [await nameOf(first), await nameOf(second)];
  await rename(first, "between");
  await rename(second, ofFirst);
  await rename(first, ofSecond);
}

async function revoke(projectId: string, userId: string, role: string): Promise<void> {
  const { text } = await keystone.ask("GET", `/roles?name=${role}`);
  const [{ id }] = JSON.parse(text).roles;
  await keystone.ask("DELETE", `/projects/${projectId}/users/${userId}/roles/${id}`);
}

function external(ids: readonly string[]): Promise<string[]> {
  return column("select external_id from app_public.projects where id = any ($1) order by array_position($1, id)", [
    ids,
  ]);
}

function cloudIds(): Promise<string[]> {
  return column(
    "select external_id from app_private.cloud_users where user_id = any ($1) order by array_position($1, user_id)",
    [people],
  );
}

async function column(sql: string, values: readonly unknown[] = []): Promise<string[]> {
  const { rows } = await db.query<Record<string, unknown>>(sql, [...values]);
  return rows.map((row) => String(Object.values(row)[0]));
}

async function one(sql: string, values: readonly unknown[] = []): Promise<string> {
  return (await column(sql, values))[0] ?? "";
}
