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
async function findings(): Promise<string> {
  const setting = await loadSetting(ROOT);
  const found = await withClient({ connectionString: shop.url }, (client) =>
    examine(client, { ...setting, databaseUrl: shop.url, config: { ...setting.config, crontab } }),
  );
  return found.map(({ level, message, next }) => `${level}: ${message} ${next}`).join("\n");
}

test("a trigger that somebody has put on a table of the engine", async () => {
  await db.query(`create function public.audit() returns trigger language plpgsql as $$ begin return new; end $$;
    create trigger audit before update on steward.steps for each row execute function public.audit()`);
  assert.match(await findings(), /hint: Somebody has put a trigger on .*: audit on steward.steps.* drop trigger audit/);
  await db.query("alter table steward.steps disable trigger audit");
  assert.is(await findings(), "");
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
