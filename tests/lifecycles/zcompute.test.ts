// test-timeout: 120
// A project at a zCompute (the stand-in), with a real worker: a person makes what Steward may not make, Steward does the rest.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startZCompute, type ZComputeStandIn } from "../../server/embedded/zcompute/index.ts";
import config from "../../steward.config.ts";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { violations } from "../helpers/lifecycle.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { joined } from "../helpers/workers.ts";

const test = suite("zcompute, a lifecycle");
const folder = mkdtempSync(join(tmpdir(), "steward-zcompute-"));
let database: TestDatabase;
let providers: TestProviders;
let there: ZComputeStandIn;
let db: pg.Pool;
let worker: TestWorker;
let ada: string;
let project: string;

test.before(async () => {
  [database, providers, there] = await Promise.all([createDatabase(), startProviders(), startZCompute()]);
  db = database.pool;
  const { url, account, username, password } = there;
  const entry = { provider: "acme", kind: "zcompute", regions: ["eu"], url, account, username, password };
  writeFileSync(join(folder, "clouds.json"), JSON.stringify([entry]));
  const env = { ...providers.env, CLOUDS_FILE: join(folder, "clouds.json") };
  worker = startWorker({ databaseUrl: database.ownerUrl, apiUrl: database.apiUrl, env });
  await joined(db, worker);
  await becomes("select count(*) from app_private.cloud_regions where provider = 'acme'", "1");
  ada = await one("insert into app_public.users (username, email) values ('ada', 'ada@example.test') returning id");
});
test.after(async () => {
  await worker.stop();
  await Promise.all([providers.close(), there.close(), database.close()]);
  rmSync(folder, { recursive: true, force: true });
});
test.after.each(async () => assert.equal(await violations(db), []));

const statusOf = (code: string) =>
  `select count(*) from steward.steps where status = 'failed' and error_code = '${code}'`;

test("a project waits for a person to make it, as the error says, and then goes on", async () => {
  project = await one(
    "insert into app_public.projects (name, created_by, provider) values ('Research', $1, 'acme') returning id",
    [ada],
  );
  await becomes(statusOf("ST611"), "1");
  const said = await one("select error_message from steward.steps where error_code = 'ST611'");
  const [, name = "", description = ""] = /called (\S+), with (\[.*\]) in/.exec(said) ?? [];
  assert.is(name, `sd-${project}`);
  there.store.addProject({ name, description: `Research ${description}` });
  await db.query("select steward.retry(run => id) from steward.runs where kind = 'project_provisioning'");
  await becomes(`select status from app_public.projects where id = '${project}'`, "active");
  assert.equal(roles(), ["_member_"]);
  assert.match(accountOf(ada)?.name ?? "", new RegExp(`^sd-${ada}\\.`));
});

test("that the cloud is experimental is told with its projects, its lane, by status and by the doctor", async () => {
  assert.is(await one("select remark from steward.lanes where name = 'cloud/acme'"), "experimental");
  assert.is(await one("select app_public.projects_provider_remark(p) from app_public.projects p"), "experimental");
  assert.is(
    await one(
      "select o -> 'remark' from jsonb_path_query(steward.overview(), '$.lanes[*]') o where o ->> 'name' = 'cloud/acme'",
    ),
    "experimental",
  );
  const { stdout } = await promisify(execFile)("node_modules/.bin/steward", ["status"], {
    env: { ...process.env, DATABASE_URL: database.ownerUrl, API_DATABASE_URL: database.apiUrl },
  });
  assert.match(stdout, "cloud/acme, experimental");
  const found = (await config.examine?.(db)) ?? [];
  assert.equal(
    found.map(({ level, message }) => [level, message]),
    [["hint", "The lane cloud/acme is experimental: the adapter of its cloud was tried against no real one."]],
  );
  // A cloud of another kind under the same name is told as such by the next worker.
  const clouds = [{ provider: "acme", regions: ["eu"], remark: null }];
  const client = await db.connect();
  try {
    await client.query("begin");
    await client.query("select app_private.set_clouds($1)", [JSON.stringify(clouds)]);
    const { rows } = await client.query("select remark from steward.lanes where name = 'cloud/acme'");
    assert.equal(rows, [{ remark: null }]);
  } finally {
    await client.query("rollback");
    client.release();
  }
});

test("another address, and a role that somebody took, come right; another username changes nothing", async () => {
  there.store.grants.length = 0;
  await db.query("update app_public.users set username = 'lovelace', email = 'lovelace@example.test' where id = $1", [
    ada,
  ]);
  await waitFor(() => accountOf(ada)?.email === "lovelace@example.test" || undefined, { what: "the address" });
  await becomes("select count(*) from steward.runs where status in ('pending', 'running')", "0");
  await db.query("select app_public.resync(project_id => $1)", [project]);
  await waitFor(() => roles().length === 1 || undefined, { what: "the role" });
});

test("what is not allowed is told; a user who is deleted goes", async () => {
  await becomes("select count(*) from steward.runs where status in ('pending', 'running')", "0");
  await db.query("select app_public.suspend_project($1)", [project]);
  await becomes(statusOf("ST630"), "1");
  await db.query("delete from app_public.users where id = $1", [ada]);
  await waitFor(() => accountOf(ada) === undefined || undefined, { what: "the account to go" });
  assert.equal(roles(), []);
});

test.run();

function accountOf(key: string) {
  return [...there.store.users.values()].find(({ name }) => name.startsWith(`sd-${key}`));
}

function roles(): string[] {
  return there.store.grants.map(({ role }) => role);
}

async function becomes(sql: string, wanted: string): Promise<void> {
  await waitFor(async () => (await one(sql)) === wanted || undefined, { timeoutMs: 40_000, what: `${sql}: ${wanted}` });
}

async function one(sql: string, values: readonly unknown[] = []): Promise<string> {
  const { rows } = await db.query<Record<string, unknown>>(sql, [...values]);
  return String(Object.values(rows[0] ?? {})[0]);
}
