// test-timeout: 150
// Two clouds at once, with a real worker: each with its own login, accounts, lane and circuit.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type EmbeddedCloud, startCloud } from "../../server/embedded/cloud/index.ts";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { violations } from "../helpers/lifecycle.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { code } from "../helpers/sql-error.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { allSucceeded, joined } from "../helpers/workers.ts";
import { signInRaw } from "../server/providers/raw-keystone.ts";

const test = suite("clouds");
const folder = mkdtempSync(join(tmpdir(), "steward-clouds-"));
let database: TestDatabase;
let db: pg.Pool;
let providers: TestProviders;
let other: EmbeddedCloud;
let worker: TestWorker;
/** In a project at each. */
let ada: string;

test.before(async () => {
  [database, providers, other] = await Promise.all([
    createDatabase(),
    startProviders(),
    startCloud({ dir: join(folder, "other"), latency: { min: 0, max: 0 } }),
  ]);
  db = database.pool;
  worker = await work({ CLOUDS_FILE: cloudsFile() });
  ada = await one("insert into app_public.users (username) values ('ada') returning id");
});
test.after(async () => {
  await worker.stop();
  await Promise.all([providers.close(), other.close(), database.close()]);
  rmSync(folder, { recursive: true, force: true });
});
test.after.each(async () => {
  assert.equal(await violations(db), []);
});

test("a user has an account at each cloud, and each project its own lane", async () => {
  const [here, there] = [await project("openstack"), await project("other", "south")];
  await allSucceeded(db);
  assert.equal([accounts(providers.cloud), accounts(other)], [["ada"], ["ada"]]);
  assert.equal([projects(providers.cloud), projects(other)], [[here], [there]]);
  const { rows } = await db.query(
    `select distinct r.scope_id as project, s.lane from steward.steps s join steward.runs r on r.id = s.run_id
     where r.kind = 'project_provisioning' order by s.lane`,
  );
  assert.equal(rows, [
    { project: here, lane: "cloud" },
    { project: there, lane: "cloud/other" },
  ]);
  assert.is(await one("select region from app_public.projects where id = $1", [there]), "south");
});

test("one that is down holds up its own projects only; another name reaches both in the end", async () => {
  other.faults.add({ kind: "drop", forMs: 60_000 });
  const waits = await project("other");
  const goesOn = await project("openstack");
  await db.query("update app_public.users set username = 'lovelace' where id = $1", [ada]);
  await status(goesOn, "active");
  await waitFor(() => accounts(providers.cloud).includes("lovelace") || undefined, { what: "the name at the first" });
  const down = "select name from steward.lanes where down_since is not null";
  await waitFor(async () => (await one(down)) === "cloud/other" || undefined, {
    what: "the other lane to be in trouble",
  });
  assert.is(await one("select count(*) from steward.lanes where down_since is not null"), "1");
  assert.is(await one("select status from app_public.projects where id = $1", [waits]), "provisioning");
  other.faults.clear();
  await hurry();
  await allSucceeded(db);
  assert.equal(accounts(other), ["lovelace"]);
});

test("resync finds and mends at the cloud where it is", async () => {
  const { id } = other.state().users.find(({ stewardId }) => stewardId === ada) ?? { id: "" };
  const { url: authUrl, regionName, ...login } = other;
  const keystone = await signInRaw({ ...login, authUrl, name: regionName });
  await keystone.ask("PATCH", `/users/${id}`, { user: { name: "somebody" } });
  await db.query("select app_public.resync(user_id => $1, provider => 'other')", [ada]);
  await waitFor(() => accounts(other).includes("lovelace") || undefined, { what: "the name to be mended" });
  await allSucceeded(db);
  const { rows } = await db.query("select provider, part, what from app_public.differences");
  assert.equal(rows, [{ provider: "other", part: "cloud_account", what: "name" }]);
});

test("an unknown provider or region is refused; one that the worker does not know any more is waited for", async () => {
  assert.is(await code(project("nowhere")), "ST301");
  assert.is(await code(project("other", "west")), "ST302");
  await worker.stop();
  worker = await work({});
  // As before the worker withdrew it.
  await db.query("insert into app_private.cloud_regions (provider, region) values ('other', 'north')");
  const waits = await project("other");
  const step = `select s.error_code, s.error_message, s.attempts from steward.steps s join steward.runs r on r.id = s.run_id
    where r.subject_id = $1 and s.name = 'project_link' and s.error_code is not null`;
  const found = await waitFor(async () => (await db.query(step, [waits])).rows[0], { what: "the step to wait" });
  assert.equal(found, {
    error_code: "ST617",
    error_message: 'This worker knows no cloud provider "other".',
    attempts: 0,
  });
  await worker.stop();
  worker = await work({ CLOUDS_FILE: cloudsFile() });
  await hurry();
  await status(waits, "active");
});

test("a user who is deleted goes from both, and no name is kept", async () => {
  await db.query("delete from app_public.users where id = $1", [ada]);
  await allSucceeded(db);
  assert.equal([accounts(providers.cloud), accounts(other)], [[], []]);
  assert.is(await one("select count(*) from app_private.cloud_users"), "0");
  assert.is(await one("select input::text from steward.runs where kind = 'user_deletion'"), "{}");
});

test.run();

async function work(env: Readonly<Record<string, string>>): Promise<TestWorker> {
  const started = startWorker({
    databaseUrl: database.ownerUrl,
    apiUrl: database.apiUrl,
    env: { ...providers.env, ...env },
  });
  await joined(db, started);
  const isTold = `select count(*) from app_private.cloud_regions where provider = 'other'`;
  const regions = env["CLOUDS_FILE"] ? "2" : "0";
  await waitFor(async () => (await one(isTold)) === regions || undefined, { what: "the clouds to be known" });
  return started;
}

/** As when the time that steps wait for is over. */
async function hurry(): Promise<void> {
  await db.query("update steward.lanes set open_until = now() where open_until > now()");
  await db.query("update steward.steps set ready_at = now() where ready_at > now()");
  await db.query("update graphile_worker._private_jobs set run_at = now() where run_at > now()");
}

function cloudsFile(): string {
  const { url, username, password, projectName, userDomainName, projectDomainName } = other;
  const login = { url, username, password, projectName, userDomainName, projectDomainName };
  const file = join(folder, "clouds.json");
  const entry = { kind: "keystone", provider: "other", regions: ["north", "south"], requestsAtOnce: 4, ...login };
  writeFileSync(file, JSON.stringify([entry]));
  return file;
}

function project(provider: string, region?: string): Promise<string> {
  return one(
    "insert into app_public.projects (name, created_by, provider, region) values (gen_random_uuid()::text, $1, $2, $3) returning id",
    [ada, provider, region],
  );
}

async function status(id: string, wanted: string): Promise<void> {
  const text = "select status from app_public.projects where id = $1";
  await waitFor(async () => (await one(text, [id])) === wanted || undefined, { timeoutMs: 30_000, what: wanted });
}

/** Names of our accounts there. */
function accounts(cloud: EmbeddedCloud): string[] {
  return cloud.state().users.flatMap(({ stewardId, name }) => (stewardId ? [name] : []));
}

/** Our ids of those there. */
function projects(cloud: EmbeddedCloud): unknown[] {
  return cloud.state().projects.flatMap(({ stewardId }) => stewardId ?? []);
}

async function one(sql: string, values: readonly unknown[] = []): Promise<string> {
  const { rows } = await db.query<Record<string, unknown>>(sql, [...values]);
  return String(Object.values(rows[0] ?? {})[0]);
}
