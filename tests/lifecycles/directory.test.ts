// test-timeout: 120
// Accounts at a SCIM service instead of a drive: one person from signup to deletion, with a real worker.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { violations } from "../helpers/lifecycle.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { type ScimService, startScimService } from "../helpers/scim-service.ts";
import { startWorker, type TestWorker } from "../helpers/worker.ts";
import { allSucceeded, signUp } from "../helpers/workers.ts";

const test = suite("a directory as the drive");
let database: TestDatabase;
let db: pg.Pool;
let providers: TestProviders;
let service: ScimService;
let worker: TestWorker;

test.before(async () => {
  [database, providers, service] = await Promise.all([createDatabase(), startProviders(), startScimService()]);
  db = database.pool;
  const cloud = Object.entries(providers.env).filter(([name]) => name.startsWith("OS_"));
  const env = {
    ...Object.fromEntries(cloud),
    SCIM_URL: service.url,
    SCIM_TOKEN: service.token,
    SCIM_REMOVAL: "deactivate",
  };
  worker = startWorker({ databaseUrl: database.ownerUrl, apiUrl: database.apiUrl, env });
});
test.after(async () => {
  await worker.stop();
  await Promise.all([providers.close(), service.close(), database.close()]);
});

test("a person's account is made, follows its user, is made again when somebody removes it, and is deactivated", async () => {
  const [id = ""] = await signUp(db, 1);
  const account = () => [...service.users.values()].find(({ externalId }) => externalId === `sd_${id}`);
  await allSucceeded(db);
  const { rows } = await db.query("select status, files_removed from app_public.drive_accounts");
  assert.equal(rows, [{ status: "active", files_removed: 0 }]);

  await db.query(
    "update app_public.users set display_name = 'Ada Lovelace', email = 'ada@example.test' where id = $1",
    [id],
  );
  await allSucceeded(db);
  assert.equal([account()?.displayName, account()?.emails?.[0]?.value], ["Ada Lovelace", "ada@example.test"]);

  service.users.clear();
  await db.query("select app_private.start_checks(array[$1::uuid], '{}', '{}')", [id]);
  await allSucceeded(db);
  assert.is(account()?.active, true);

  await db.query("delete from app_public.users where id = $1", [id]);
  await allSucceeded(db);
  assert.is(account()?.active, false);
  assert.equal(await violations(db), []);
});

test.run();
