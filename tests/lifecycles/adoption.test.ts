// test-timeout: 180
// Accounts that were at the drive before their users came: taken over with new passwords, through the drive's limit on changes.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { externalIdFor } from "../../server/providers/drive.ts";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { violations } from "../helpers/lifecycle.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { allSucceeded } from "../helpers/workers.ts";
import { client } from "../server/providers/nextcloud-target.ts";

const PEOPLE = 100;
const PASSWORD = "a stranger knows it";

const test = suite("adoption");
let database: TestDatabase;
let db: pg.Pool;
let providers: TestProviders;
let worker: TestWorker;

test.before(async () => {
  [database, providers] = await Promise.all([createDatabase(), startProviders()]);
  db = database.pool;
});
test.after(async () => {
  await worker?.stop();
  await Promise.all([providers.close(), database.close()]);
});

test("a hundred accounts get new passwords and addresses, past the limit on changes and a worker that is killed", async () => {
  const { rows: people } = await db.query<{ id: string; username: string }>(
    "insert into app_public.users (username, email) select 'p' || n, 'p' || n || '@example.test' from generate_series(1, $1) n returning id, username",
    [PEOPLE],
  );
  const { drive } = providers;
  const { ocs } = client(drive.url);
  const admin = { user: drive.adminUser, password: drive.adminPassword };
  const accounts = people.map(({ id }) => externalIdFor(id));
  for (const [n, { username }] of people.entries()) {
    const body = { userid: accounts[n], password: PASSWORD, displayName: username, email: "stranger@example.test" };
    assert.is((await ocs(admin, "POST", "/cloud/users", body)).code, 200);
  }
  const opensTo = async (user: string) => (await ocs({ user, password: PASSWORD }, "GET", "/cloud/user")).code === 200;
  // Some are in use, some nobody ever signed in to.
  for (const user of accounts.slice(0, PEOPLE / 2)) assert.ok(await opensTo(user));

  drive.counts.clear();
  const start = (edits: string) =>
    startWorker({
      databaseUrl: database.ownerUrl,
      apiUrl: database.apiUrl,
      env: { ...providers.env, NEXTCLOUD_EDITS: edits, NEXTCLOUD_EDITS_SECONDS: "1" },
    });
  // This one does not know the drive's limit of 50; each account needs two changes.
  worker = start("1000");
  await waitFor(async () => (await codes()).length > 0, { what: "a refusal", timeoutMs: 60_000 });
  worker.kill("SIGKILL");
  await worker.exited;
  for (const { external_id } of await listActive()) {
    drive.faults.forgetLimits(); // ten wrong logins, and the drive asks no more who it is
    assert.not(await opensTo(external_id));
  }

  worker = start("45");
  await waitFor(
    async () => {
      drive.faults.forgetLimits(); // its ten minutes pass
      return (await active()) === PEOPLE;
    },
    { what: "all accounts", timeoutMs: 120_000 },
  );
  await allSucceeded(db, 120_000); // their cleanups among them, which sign in with the new passwords
  for (const user of accounts) {
    drive.faults.forgetLimits();
    assert.not(await opensTo(user), `${user} still opens to the stranger`);
  }
  assert.is(drive.state().filter(({ email }) => email === "stranger@example.test").length, 0);
  assert.equal(await codes(), ["ST514"]);
  // Each was asked for once, but for those that the killed worker was at.
  const asked = drive.counts.get("POST /ocs/v2.php/cloud/users") ?? 0;
  assert.ok(asked < PEOPLE + 40, `${asked} requests to make ${PEOPLE} accounts`);
  assert.equal(await violations(db), []);
});

async function listActive(): Promise<{ external_id: string }[]> {
  return (await db.query("select external_id from app_public.drive_accounts where status = 'active'")).rows;
}

async function active(): Promise<number> {
  return (await listActive()).length;
}

/** What attempts at the accounts ended with, but for the killed worker's. */
async function codes(): Promise<string[]> {
  const { rows } = await db.query(
    "select distinct a.error_code from steward.attempts a join steward.steps s on s.id = a.step_id where s.name = 'drive_account' and a.error_code !~ '^ST4' order by 1",
  );
  return rows.map(({ error_code }) => error_code);
}

test.run();
