// test-timeout: 120
// People and projects that get other names: the providers follow, with a real worker and the stand-ins.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { externalIdFor } from "../../server/providers/drive.ts";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { violations } from "../helpers/lifecycle.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { allSucceeded } from "../helpers/workers.ts";
import { signInRaw } from "../server/providers/raw-keystone.ts";

const test = suite("renames");
let database: TestDatabase;
let db: pg.Pool;
let providers: TestProviders;
let worker: TestWorker;
/** In one project, so that each has an account at the cloud. */
let people: Record<string, string>;
let projectId: string;

test.before(async () => {
  [database, providers] = await Promise.all([createDatabase(), startProviders({}, { foldsNames: true })]);
  db = database.pool;
  people = {};
  for (const name of ["ada", "bob", "cid", "dan", "eve"]) people[name] = await signUp(name);
  projectId = await one("insert into app_public.projects (name, created_by) values ('engines', $1) returning id", [
    people["ada"],
  ]);
  await db.query("insert into app_public.project_members (project_id, user_id) select $1, unnest($2::uuid[])", [
    projectId,
    Object.values(people),
  ]);
  worker = startWorker({ databaseUrl: database.ownerUrl, apiUrl: database.apiUrl, env: providers.env });
  await allSucceeded(db);
});
test.after(async () => {
  await worker.stop();
  await Promise.all([providers.close(), database.close()]);
});
test.after.each(async () => {
  providers.cloud.faults.clear();
  providers.cloud.faults.refuseNames([]);
  assert.equal(await violations(db), []);
});

test("another username, address and display name reach both providers", async () => {
  const change = "update app_public.users set username = $2, email = $3, display_name = $4 where id = $1";
  await db.query(change, [people["ada"], "ada.lovelace", "Ada@example.test", "Ada Lovelace"]);
  await allSucceeded(db);
  assert.is(cloudName("ada"), "ada.lovelace");
  assert.equal(driveProfile("ada"), { displayName: "Ada Lovelace", email: "Ada@example.test" });
  await db.query(change, [people["ada"], "ada", null, null]);
  await allSucceeded(db);
  assert.is(cloudName("ada"), "ada");
  assert.equal(driveProfile("ada"), { displayName: "ada", email: null }, "an address that is gone is gone there too");
});

test("changes that come while an earlier one is carried out are not lost", async () => {
  providers.cloud.faults.setLatency({ min: 60, max: 60 });
  for (let n = 1; n <= 12; n++) {
    await db.query("update app_public.users set username = $2 where id = $1", [people["ada"], `ada ${n}`]);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  providers.cloud.faults.setLatency({ min: 0, max: 0 });
  await allSucceeded(db);
  assert.is(cloudName("ada"), "ada 12");
  assert.is(driveProfile("ada")?.displayName, "ada 12");
});

test("users who swap names, in a ring of three too, end with each other's", async () => {
  await swap(["bob", "cid"]);
  await swap(["bob", "cid", "dan"]);
  assert.equal(["bob", "cid", "dan"].map(cloudName), await usernames(["bob", "cid", "dan"]));
});

test("a new user gets a name that was just freed, in another letter case too", async () => {
  // Slow enough that the new user's account is asked for before the old one has its new name.
  providers.cloud.faults.setLatency({ min: 150, max: 150 });
  await db.query("update app_public.users set username = 'evelyn' where id = $1", [people["eve"]]);
  people["heir"] = await signUp("eve");
  people["shout"] = await signUp("EVE2");
  await addMembers(["heir", "shout"]);
  await waitFor(async () => cloudName("eve") === "evelyn" || undefined, { what: "the first rename" });
  providers.cloud.faults.setLatency({ min: 0, max: 0 });
  await allSucceeded(db);
  assert.equal(["eve", "heir", "shout"].map(cloudName), ["evelyn", "eve", "EVE2"]);
  await db.query("update app_public.users set username = 'eve3' where id = $1", [people["shout"]]);
  await db.query("update app_public.users set username = 'eve2' where id = $1", [people["heir"]]);
  await allSucceeded(db);
  assert.equal(["heir", "shout"].map(cloudName), ["eve2", "eve3"]);
});

test("who gets another name while several projects ask for their account has one, with the new name", async () => {
  const sql = "insert into app_public.projects (name, created_by) values ('second', $1) returning id";
  const second = await one(sql, [people["ada"]]);
  await allSucceeded(db);
  people["kim"] = await signUp("kim");
  providers.cloud.faults.setLatency({ min: 600, max: 600 });
  const asked = () => providers.cloud.counts.get("POST /users") ?? 0;
  const before = asked();
  await addMembers(["kim"]);
  await waitFor(() => asked() > before || undefined, { what: "the account to be asked for" });
  await db.query("update app_public.users set username = 'kim.2' where id = $1", [people["kim"]]);
  await db.query("insert into app_public.project_members (project_id, user_id) values ($1, $2)", [
    second,
    people["kim"],
  ]);
  const waits = "select from steward.steps where name = 'sync_member' and item = $1 and error_code = 'ST407'";
  await waitFor(async () => (await db.query(waits, [people["kim"]])).rows[0], { what: "the other step to wait" });
  providers.cloud.faults.setLatency({ min: 0, max: 0 });
  await allSucceeded(db);
  const accounts = providers.cloud.state().users.filter(({ stewardId }) => stewardId === people["kim"]);
  assert.equal(
    accounts.map(({ name }) => name),
    ["kim.2"],
  );
  assert.is(Object.keys(accounts[0]?.roles ?? {}).length, 2);
  assert.is(await one("select count(*) from app_private.asked_names"), "0");
});

test("an account that was asked for and never noted is found by the name of then, and goes with its user", async () => {
  people["leo"] = await signUp("leo");
  providers.cloud.faults.add({ kind: "late", ms: 10_000, method: "POST", path: "/users$" });
  const made = () => cloudUser("leo");
  await addMembers(["leo"]);
  await waitFor(() => made() || undefined, { what: "the account" });
  worker.kill("SIGKILL"); // before it has heard of it
  await worker.exited;
  assert.is(await one("select count(*) from app_private.cloud_users where user_id = $1", [people["leo"]]), "0");
  await db.query("update app_public.users set username = 'leo.2' where id = $1", [people["leo"]]);
  await db.query("delete from app_public.users where id = $1", [people["leo"]]);
  worker = startWorker({ databaseUrl: database.ownerUrl, apiUrl: database.apiUrl, env: providers.env });
  await waitFor(() => made() === undefined || undefined, { what: "the account to go", timeoutMs: 30_000 });
  await allSucceeded(db);
  assert.is(await one("select count(*) from app_private.asked_names"), "0");
});

test("a name that is refused fails its own run and stops no change of a role", async () => {
  providers.cloud.faults.refuseNames(["not-here"]);
  await db.query("update app_public.users set username = 'not-here' where id = $1", [people["dan"]]);
  await db.query("update app_public.project_members set participant_role = 'viewer' where user_id = $1", [
    people["dan"],
  ]);
  const failed =
    "select error_code from steward.runs where kind = 'user_update' and subject_id = $1 and status = 'failed'";
  const code = await waitFor(async () => (await db.query(failed, [people["dan"]])).rows[0]?.error_code, {
    what: "the rename to fail",
  });
  assert.is(code, "ST609");
  await waitFor(() => rolesOf("dan").join() === "reader" || undefined, { what: "the role to change" });
  const project = "select status from app_public.projects where id = $1";
  assert.is(await one(project, [projectId]), "active");
  await db.query("update app_public.users set username = 'dan.the.second' where id = $1", [people["dan"]]);
  await waitFor(() => cloudName("dan") === "dan.the.second" || undefined, { what: "the next rename" });
  await db.query("select steward_private.cancel_runs(array(select id from steward.runs where status = 'failed'))");
});

test("a name that somebody else has at the cloud is refused, with nobody's account touched", async () => {
  await createStranger("stranger", { steward_id: "of another system" });
  await db.query("update app_public.users set username = 'stranger' where id = $1", [people["bob"]]);
  const before = cloudName("bob");
  const failed =
    "select error_code from steward.runs where kind = 'user_update' and subject_id = $1 and status = 'failed'";
  const code = await waitFor(async () => (await db.query(failed, [people["bob"]])).rows[0]?.error_code, {
    what: "the rename to fail",
  });
  assert.is(code, "ST610");
  assert.is(cloudName("bob"), before);
});

test("another letter case of one's own name reaches the cloud; a name that it takes for somebody else's is refused", async () => {
  await db.query("update app_public.users set username = upper(username) where id = $1", [people["cid"]]);
  await waitFor(async () => cloudName("cid") === (await usernames(["cid"]))[0] || undefined, { what: "the rename" });
  await createStranger("Zoë");
  const zoe = await signUp("zoe");
  await db.query("insert into app_public.project_members (project_id, user_id) values ($1, $2)", [projectId, zoe]);
  const code = "select s.error_code from steward.steps s where s.item = $1 and s.status = 'failed'";
  const told = await waitFor(async () => (await db.query(code, [zoe])).rows[0]?.error_code, { what: "the refusal" });
  assert.is(told, "ST610");
  await db.query("delete from app_public.project_members where user_id = $1", [zoe]);
});

test("a project's name and description reach the cloud, also those that come while it is being made", async () => {
  providers.cloud.faults.setLatency({ min: 40, max: 40 });
  const rename = "update app_public.projects set name = $2, description = $3 where id = $1";
  const id = await one("insert into app_public.projects (name, created_by) values ('first', $1) returning id", [
    people["ada"],
  ]);
  for (let n = 1; n <= 8; n++) {
    await db.query(rename, [id, `name ${n}`, `number ${n}`]);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // Another takes the name that this one just left.
  await db.query(rename, [projectId, "first", null]);
  providers.cloud.faults.setLatency({ min: 0, max: 0 });
  await waitFor(async () => (await descriptionOf(id)) === "name 8: number 8" || undefined, {
    what: "the first project",
  });
  await waitFor(async () => (await descriptionOf(projectId)) === "first" || undefined, { what: "the other" });
});

test.run();

async function one(sql: string, values: readonly unknown[] = []): Promise<string> {
  const { rows } = await db.query<Record<string, unknown>>(sql, [...values]);
  return String(Object.values(rows[0] ?? {})[0]);
}

function signUp(username: string): Promise<string> {
  return one("insert into app_public.users (username) values ($1) returning id", [username]);
}

async function addMembers(names: readonly string[]): Promise<void> {
  await db.query("insert into app_public.project_members (project_id, user_id) select $1, unnest($2::uuid[])", [
    projectId,
    names.map((name) => people[name]),
  ]);
}

/** Each gets the name of the next, in one transaction. */
async function swap(names: readonly string[]): Promise<void> {
  const present = await usernames(names);
  const client = await db.connect();
  const rename = "update app_public.users set username = $2 where id = $1";
  await client.query("begin");
  for (const name of names) await client.query(rename, [people[name], `moving ${name}`]);
  for (const [index, name] of names.entries())
    await client.query(rename, [people[name], present[(index + 1) % names.length]]);
  await client.query("commit");
  client.release();
  await allSucceeded(db);
  const expected = names.map((_, index) => present[(index + 1) % names.length]);
  assert.equal(names.map(cloudName), expected);
}

async function usernames(names: readonly string[]): Promise<string[]> {
  return Promise.all(names.map((name) => one("select username from app_public.users where id = $1", [people[name]])));
}

function cloudUser(name: string) {
  return providers.cloud.state().users.find((user) => user.stewardId === people[name]);
}

function cloudName(name: string): string | undefined {
  return cloudUser(name)?.name;
}

function driveProfile(name: string): { displayName: string; email: string | null } | undefined {
  const found = providers.drive.state().find((account) => account.id === externalIdFor(people[name] ?? ""));
  return found && { displayName: found.displayName, email: found.email };
}

function rolesOf(name: string): readonly string[] {
  return Object.values(cloudUser(name)?.roles ?? {}).flat();
}

async function descriptionOf(id: string): Promise<string | undefined> {
  return providers.cloud.state().projects.find((project) => project.stewardId === id)?.description;
}

/** An account that is not ours. */
async function createStranger(name: string, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const { url: authUrl, regionName, ...login } = providers.cloud;
  const keystone = await signInRaw({ ...login, authUrl, name: regionName });
  await keystone.ask("POST", "/users", { user: { name, domain_id: "default", ...more } });
}
