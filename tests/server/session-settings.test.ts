// test-timeout: 240
// A role or database with defaults that are meant for others: whatever they are, our sessions have their own.
import type pg from "pg";
import { withClient } from "steward/migrate/connect";
import { createApiPool, createOwnerPool } from "steward/pools";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { migrateAll } from "../../server/migrate.ts";
import { createDatabase, createEmptyDatabase, type TestDatabase } from "../helpers/database.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";
import { startWorker } from "../helpers/worker.ts";
import { allSucceeded, joined, signUp } from "../helpers/workers.ts";

const HOSTILE: Readonly<Record<string, string>> = {
  default_transaction_isolation: "serializable",
  default_transaction_read_only: "on",
  default_transaction_deferrable: "on",
  statement_timeout: "20",
  lock_timeout: "1",
  idle_in_transaction_session_timeout: "1",
  idle_session_timeout: "1000",
  search_path: "hostile, app_public",
  row_security: "off",
  DateStyle: "German",
  IntervalStyle: "sql_standard",
  TimeZone: "Pacific/Auckland",
  bytea_output: "escape",
  extra_float_digits: "-15",
  transform_null_equals: "on",
  array_nulls: "off",
  quote_all_identifiers: "on",
  plan_cache_mode: "force_custom_plan",
  enable_indexscan: "off",
  enable_bitmapscan: "off",
  enable_nestloop: "off",
};

const test = suite("settings of sessions");
let database: TestDatabase;
let providers: TestProviders;

test.before(async () => {
  [database, providers] = await Promise.all([createDatabase(), startProviders()]);
  await makeHostile(database);
});
test.after(async () => {
  await Promise.all([providers.close(), database.close()]);
});

test("the owner's and the API's connections have settings of their own", async () => {
  const owner = createOwnerPool({ connectionString: database.ownerUrl, applicationName: "test", lockTimeoutMs: 700 });
  const api = createApiPool({ connectionString: database.apiUrl, applicationName: "test" });
  const expected = { isolation: "read committed", readonly: "off", dates: "ISO, MDY", path: "pg_catalog, pg_temp" };
  assert.equal(await settingsOf(owner), { ...expected, statement: "0", lock: "700ms", indexscan: "on" });
  assert.equal(await settingsOf(api), { ...expected, statement: "10s", lock: "0", indexscan: "on" });
  await Promise.all([owner.end(), api.end()]);
});

for (const kind of ["worker", "cli"] as const)
  test(`a worker (${kind}) does its work in the first attempt`, async () => {
    const { ownerUrl: databaseUrl, apiUrl } = database;
    const owner = createOwnerPool({ connectionString: databaseUrl, applicationName: "test" });
    const worker = startWorker({ kind, databaseUrl, apiUrl, env: providers.env });
    await joined(owner, worker);
    await signUp(owner, 30);
    await owner.query("insert into app_public.users (username) select $1 || n from generate_series(1, 30) n", [kind]);
    await owner.query(
      "insert into app_public.projects (name, created_by) select $1, id from app_public.users limit 1",
      [kind],
    );
    await allSucceeded(owner);
    const { rows } = await owner.query("select max(attempts) as attempts from steward.steps");
    assert.equal(rows, [{ attempts: 1 }], worker.log());
    assert.not.match(worker.log(), /could not serialize|read-only|due to (statement|lock) timeout/);
    assert.equal((await owner.query("select * from steward.violations")).rows, []);
    await worker.stop();
    await owner.end();
  });

test("migrations are applied as ever", async () => {
  const empty = await createEmptyDatabase();
  await makeHostile(empty);
  const { applied } = await migrateAll({ connectionString: empty.ownerUrl });
  assert.ok(applied.length > 100);
  await empty.close();
});

test.run();

async function makeHostile({ superuserUrl }: TestDatabase): Promise<void> {
  await withClient({ connectionString: superuserUrl }, async (client) => {
    await client.query("create schema hostile");
    await client.query("create table hostile.users (n integer)");
    await client.query(
      "create function hostile.now() returns timestamptz language sql as 'select timestamptz ''epoch'''",
    );
    await client.query("grant usage on schema hostile to public");
    for (const [name, value] of Object.entries(HOSTILE)) {
      const list = name === "search_path" ? value : `'${value}'`;
      await client.query(
        `do $$ begin execute format('alter database %I set ${name} = ${list.replaceAll("'", "''")}', current_database()); end $$`,
      );
    }
  });
}

async function settingsOf(pool: pg.Pool): Promise<unknown> {
  const { rows } = await pool.query(
    `select current_setting('transaction_isolation') as isolation, current_setting('transaction_read_only') as readonly,
       current_setting('datestyle') as dates, current_setting('search_path') as path, current_setting('statement_timeout') as statement,
       current_setting('lock_timeout') as lock, current_setting('enable_indexscan') as indexscan`,
  );
  return rows[0];
}
