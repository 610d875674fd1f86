// test-timeout: 170
// A provider that is suddenly empty is not filled again without asking.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { resync } from "../../scripts/resync/pass.ts";
import { externalIdFor } from "../../server/providers/drive.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { violations } from "../helpers/lifecycle.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { allSucceeded, signUp } from "../helpers/workers.ts";
import { type RawKeystone, signInRaw } from "../server/providers/raw-keystone.ts";

const test = suite("an empty provider");
const COUNT = 150;
/** Looks that are under way at once may each still find the hundredth to be the last. */
const MOST = 130;
let database: TestDatabase;
let db: pg.Pool;
let providers: TestProviders;
let keystone: RawKeystone;
let worker: TestWorker;

test.before(async () => {
  [database, providers] = await Promise.all([createDatabase(), startProviders()]);
  db = database.pool;
  const { url, regionName, ...login } = providers.cloud;
  keystone = await signInRaw({ ...login, authUrl: url, name: regionName });
  worker = startWorker({ databaseUrl: database.ownerUrl, apiUrl: database.apiUrl, env: providers.env });
});
test.after(async () => {
  await worker.stop();
  await Promise.all([providers.close(), database.close()]);
});
test.after.each(async () => assert.equal(await violations(db), []));

test("a hundred drive accounts are made again, the others stay as they are until somebody says so", async () => {
  const people = await signUp(db, COUNT);
  await allSucceeded(db);
  for (const id of people) await removeAtDrive(id);
  const { failed, found } = await run(null);
  assert.is(failed + found, COUNT);
  assert.ok(found >= 100 && found <= MOST, `${found} found gone`);
  assert.equal(await codes(), ["ST218"]);
  await settled();
  assert.is(accounts(), found);
  const active = "select count(*)::int as count from app_public.drive_accounts where status = 'active'";
  assert.equal((await db.query(active)).rows, [{ count: COUNT }], "nothing says that the others are lost");

  await run(true);
  await settled();
  assert.is(accounts(), COUNT);
  assert.is((await run(null)).failed, 0);
});

test("so with projects", async () => {
  const make = "insert into app_public.projects (name) select 'p' || n from generate_series(1, $1::int) n";
  await db.query(make, [COUNT]);
  await settled();
  const { rows } = await db.query<{ external_id: string }>("select external_id from app_public.projects");
  for (const { external_id } of rows) await keystone.remove("projects", external_id);
  const { failed, found } = await run(null);
  assert.is(failed + found, COUNT);
  assert.ok(found >= 100 && found <= MOST, `${found} found gone`);
  await settled();
  const statuses = "select status from app_public.projects group by 1";
  assert.equal((await db.query(statuses)).rows, [{ status: "active" }]);
  await run(false);
  assert.equal((await db.query(`${statuses} order by 1`)).rows, [{ status: "active" }, { status: "failed" }]);
});

test.run();

function accounts(): number {
  return providers.drive.state().filter(({ id }) => id.startsWith("sd_")).length;
}

function run(isRemade: boolean | null) {
  return resync(db, { isDryRun: false, isRemade }, new AbortController().signal, () => undefined);
}

/** Waits until nothing is under way. */
async function settled(): Promise<void> {
  const open = "select from steward.runs where status in ('pending', 'running') limit 1";
  while ((await db.query(open)).rows.length > 0) await new Promise((resolve) => setTimeout(resolve, 100));
}

async function codes(): Promise<string[]> {
  const { rows } = await db.query<{ code: string }>(
    "select distinct error_code as code from steward.runs where status = 'failed'",
  );
  return rows.map(({ code }) => code);
}

async function removeAtDrive(userId: string): Promise<void> {
  const { url, adminUser, adminPassword } = providers.drive;
  const authorization = `Basic ${btoa(`${adminUser}:${adminPassword}`)}`;
  const response = await fetch(`${url}/ocs/v2.php/cloud/users/${externalIdFor(userId)}?format=json`, {
    method: "DELETE",
    headers: { authorization, "ocs-apirequest": "true" },
  });
  await response.text();
  assert.is(response.status, 200);
}
