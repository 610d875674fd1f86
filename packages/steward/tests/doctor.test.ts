// What the doctor finds of what others have done beside the engine: triggers, settings of their roles, locks, the crontab.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { examine } from "steward/doctor/index";
import { withClient } from "steward/migrate/connect";
import { loadSetting } from "steward/setting/index";
import type { TestDatabase } from "steward/testing";
import { waitFor } from "steward/testing/wait";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createShop, order, ROOT } from "./application.ts";

const test = suite("doctor");
const folder = mkdtempSync(join(tmpdir(), "steward-doctor-"));
const crontab = join(folder, "crontab");
let shop: TestDatabase;
let db: pg.Pool;

test.before.each(async () => {
  shop = await createShop();
  db = shop.pool;
  writeFileSync(crontab, "");
});
test.after.each(() => shop.close());
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** Each finding as a line. */
async function findings(by?: pg.PoolClient): Promise<string> {
  const loaded = await loadSetting(ROOT);
  const setting = { ...loaded, databaseUrl: shop.url, config: { ...loaded.config, crontab } };
  const found = await (by === undefined
    ? withClient({ connectionString: shop.url }, (client) => examine(client, setting))
    : examine(by as unknown as pg.Client, setting));
  return found.map(({ level, message, next }) => `${level}: ${message} ${next}`).join("\n");
}

test("a trigger that somebody has put on a table of the engine", async () => {
  await db.query(`create function public.audit() returns trigger language plpgsql as $$ begin return new; end $$;
    create trigger audit before update on steward.steps for each row execute function public.audit()`);
  assert.match(await findings(), /hint: Somebody has put a trigger on .*: audit on steward.steps.* drop trigger audit/);
  await db.query("alter table steward.steps disable trigger audit");
  assert.is(await findings(), "");
});

test("a rule that somebody has put on a table of the engine", async () => {
  await db.query("create rule nothing as on update to steward.steps do instead nothing");
  assert.match(
    await findings(),
    /hint: Somebody has put a rule on .*: nothing on steward.steps.* drop rule nothing on/,
  );
  await db.query("alter table steward.steps disable rule nothing");
  assert.is(await findings(), "");
});

test("tables of the engine whose row security, kind or owner somebody has changed", async () => {
  // Everybody may see the rows of steward.steps that they are granted: forced on its owner this changes nothing.
  await db.query("alter table steward.steps force row level security");
  assert.is(await findings(), "");
  await db.query("alter table graphile_worker._private_jobs force row level security");
  assert.match(
    await findings(),
    /^problem: Row security is forced on graphile_worker._private_jobs, .* no force row level/,
  );
  await db.query(`alter table graphile_worker._private_jobs no force row level security;
    alter table steward_private.batch_progress set unlogged`);
  assert.match(
    await findings(),
    /^problem: steward_private.batch_progress is unlogged: .* alter table steward_private.batch_progress set logged;[^\n]*$/,
  );
  await db.query("alter table steward_private.batch_progress set logged");
  assert.is(await findings(), "");
  const client = await db.connect();
  try {
    const role = `taker_${process.pid}`;
    await client.query(`begin; create role ${role}; grant ${role} to current_user; grant create on schema steward to ${role};
      alter table steward.lanes owner to ${role}; revoke ${role} from current_user`);
    assert.match(
      await findings(client),
      /problem: steward.lanes belongs to taker_.* alter table steward.lanes owner to/,
    );
  } finally {
    client.release(true); // undoes it
  }
});

test("a database that may have few connections", async () => {
  const { rows } = await db.query<{ name: string }>("select current_database() as name");
  await db.query(`alter database ${rows[0]?.name} connection limit 40`);
  assert.match(
    await findings(),
    /^hint: This database may have 40 connections: a worker and a server .* connection limit -1;[^\n]*$/,
  );
  await db.query(`alter database ${rows[0]?.name} connection limit 60`);
  assert.is(await findings(), "");
});

test("a webhook that takes no alert", async () => {
  await db.query(`with a as (insert into steward.alerts (monitor, target, message) values ('slow_runs', 'order', 'made up') returning id)
    insert into steward_private.deliveries (alert_id, event, tries) select id, 'raised', 2 from a`);
  assert.is(await findings(), "");
  await db.query("update steward_private.deliveries set tries = 7");
  assert.match(await findings(), /hint: The webhook has not taken 1 alerts, one of them 7 times/);
});

test("a queue of a newer graphile-worker", async () => {
  await db.query("insert into graphile_worker.migrations (id, breaking) values (900, false)");
  assert.is(await findings(), "");
  await db.query("insert into graphile_worker.migrations (id, breaking) values (901, true)");
  assert.match(await findings(), /problem: The queue in schema graphile_worker is of a newer .*migration 901/);
});

test("a crontab that cannot be read, and one that names a task without a file", async () => {
  writeFileSync(crontab, "every night pack\n");
  assert.match(await findings(), /problem: The crontab .* cannot be read: .* no worker starts/);
  writeFileSync(crontab, "# at night\n0 3 * * * nightly\n0 4 * * * pack\n");
  const found = await findings();
  assert.match(found, /problem: No file of .* is the task nightly, which the crontab names/);
  assert.not.match(found, /the task pack/);
});

test("row security that is forced on the owner of an attached table", async () => {
  await db.query("alter table public.orders enable row level security");
  assert.is(await findings(), "");
  await db.query("alter table public.orders force row level security");
  assert.match(await findings(), /hint: Row security is forced on public.orders/);
});

test("another role that is given settings by which nothing follows what it writes", async () => {
  const role = `reader_${process.pid}`;
  const { rows } = await db.query<{ name: string }>("select current_database() as name");
  await db.query(
    `create role ${role}; alter role ${role} in database ${rows[0]?.name} set default_transaction_read_only = on`,
  );
  try {
    assert.match(
      await findings(),
      new RegExp(`hint: The role ${role} has the setting default_transaction_read_only=on`),
    );
  } finally {
    await db.query(`drop role ${role}`);
  }
});

test("a step that no worker can begin, and whoever has locked a table", async () => {
  await db.query(
    "insert into steward_private.workers (pool_id, host, pid, uses_lock, seen_at) values ('made up', 'test', 0, false, 'infinity')",
  );
  await order(db, "ada");
  await db.query("update steward.steps set ready_at = now() - interval '20 seconds' where status = 'queued'");
  await db.query("revoke execute on function steward_private.begin_jobs(bigint[], integer) from current_user, public");
  assert.match(
    await findings(),
    /problem: A run does not get on: Step pack could begin, but no worker .*permission denied for function begin_jobs.* npx steward why/,
  );
  const other = await db.connect();
  try {
    await other.query("begin");
    await other.query("lock table public.orders in share mode");
    await waitFor(async () =>
      /hint: Whoever writes there waits: session .* has locked public.orders/.test(await findings()),
    );
  } finally {
    other.release(true);
  }
});

test.run();
