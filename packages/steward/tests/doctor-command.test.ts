// `steward doctor`, as people call it in an application's folder: one after the other in one database, each leaves it as it was.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { migrate } from "steward/migrate";
import { startPostgres } from "steward/testing/postgres";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { close, copyShop, database, open, pool, shop, steward } from "./command.ts";

const test = suite("steward doctor");

test.before(async () => {
  await open();
  await steward(["migrate"]);
});
test.after(close);

test("doctor names an attachment whose column was renamed, and one whose table is gone", async () => {
  await pool.query("create table public.brief (id int primary key); create table public.gone (id int primary key)");
  await pool.query(`select steward.attach('public.brief', on_update => 'order', columns => '{id}', owner => '"id"');
    select steward.attach('public.gone', on_insert => 'order');
    alter table public.brief rename column id to number; drop table public.gone`);
  await pool.query("update steward.attachments set key_columns = '{number}' where table_name = 'public.brief'");
  const { code, stdout } = await steward(["doctor"]);
  assert.is(code, 3);
  assert.match(stdout, /problem +public.brief has no column 'id'/);
  assert.match(stdout, /problem +The attached table public.gone is gone[\s\S]*select\s+steward.detach\(\d+\)/);
  assert.match((await steward(["detach", "public.gone"])).stdout, "public.gone is detached.");
  assert.match((await steward(["detach", "public.brief"])).stdout, "public.brief is detached.");
  await pool.query("drop table public.brief");
});

test("doctor says who is missing for what is due, what is closed and what is paused", async () => {
  await pool.query("insert into public.orders (customer) values ('ada')");
  await pool.query("update steward.steps set ready_at = now() - interval '1 minute' where status = 'queued'");
  await pool.query("select steward.pause(task => 'ship', reason => 'a try')");
  await pool.query(
    "update steward.lanes set open_until = now() + interval '1 hour', down_since = now(), error_code = 'ST501', error_message = 'It is away.' where name = 'database'",
  );
  await pool.query(
    "insert into steward.lanes (name, open_until, error_code, error_message) values ('abroad', now() + interval '1 hour', 'ST834', 'A copy.')",
  );
  const { code, stdout } = await steward(["doctor", "--json"]);
  assert.is(code, 3);
  const findings = JSON.parse(stdout) as { level: string; message: string; next: string }[];
  assert.match(
    findings.find(({ level }) => level === "problem")?.message ?? "",
    /^No worker is alive, and a step has waited for 6\d s/,
  );
  const hints = findings
    .filter(({ level }) => level === "hint")
    .map(({ message, next }) => `${message} ${next}`)
    .join("\n");
  assert.match(hints, /Lane database is closed since .*, with ST501: It is away\./);
  assert.match(hints, /Lane abroad is closed since .*, with ST834: A copy\. .* npx steward adopt/);
  await pool.query("delete from steward.lanes where name = 'abroad'");
  assert.match(hints, /The task ship is paused: .* saying "a try"\. select steward.unpause\(task => 'ship'\);/);

  await pool.query("select steward.unpause(task => 'ship')");
  await pool.query("update steward.lanes set open_until = null, error_code = null");
  await pool.query(
    "update steward.steps set status = 'running', worker_id = -1, begun_at = now(), expires_at = now() + interval '1 hour' where status = 'queued'",
  );
  assert.match(
    (await steward(["doctor"])).stdout.replaceAll(/\s+/g, " "),
    "No worker is alive, and the one that began steps is gone, or its process hangs.",
  );
  await pool.query(
    "update steward.steps set status = 'queued', worker_id = null, ready_at = now() - interval '1 minute' where status = 'running'",
  );
  await pool.query(
    "insert into steward_private.workers (pool_id, host, pid, uses_lock, seen_at, tasks) values ('made up', 'test', 0, false, 'infinity', '{ship}')",
  );
  assert.match((await steward(["doctor"])).stdout, /Steps wait for the task pack, and no worker has it/);
  await pool.query(
    "delete from steward_private.workers; select steward.cancel(lifecycle => 'order'); delete from steward.steps; delete from steward.runs",
  );
});

test("doctor does not wait for somebody's lock, and says whose it is", async () => {
  const holder = await pool.connect();
  await holder.query("set application_name = 'a migration'; begin; lock table public.orders in access exclusive mode");
  const { code, stdout } = await steward(["doctor"]);
  await holder.query("rollback");
  holder.release(true);
  assert.is(code, 3);
  assert.match(stdout.replaceAll(/\s+/g, " "), /session \d+ \(a migration, .* has locked public.orders/);
});

test("doctor says whose transaction steps wait for, and which table vacuum passes over", async () => {
  const holder = await pool.connect();
  const { rows } = await holder
    .query("begin; set application_name = 'a cron job'; select pg_backend_pid() as pid")
    .then((results) => (results as unknown as { rows: { pid: number }[] }[])[2] ?? { rows: [] });
  await pool.query("insert into public.orders (customer) values ('eve')");
  await pool.query(
    "update steward.steps set status = 'retrying', blocked_since = clock_timestamp(), blocked_by = 'session ' || $1 where status = 'queued'",
    [rows[0]?.pid],
  );
  await pool.query("alter table steward.steps set (autovacuum_enabled = off)");
  const stdout = (await steward(["doctor"])).stdout.replaceAll(/\s+/g, " ");
  await pool.query("alter table steward.steps reset (autovacuum_enabled)");
  await pool.query("select steward.cancel(lifecycle => 'order'); delete from steward.steps; delete from steward.runs");
  await holder.query("rollback");
  holder.release(true);
  assert.match(
    stdout,
    /hint Session \d+ \(a cron job, idle in transaction\) holds locks for which 1 steps and 0 sessions wait/,
  );
  assert.match(stdout, "problem autovacuum is off for steward.steps");
});

test("doctor finds what is missing, and says nothing when all is well", async () => {
  assert.equal(await steward(["doctor"]), { code: 0, stdout: "All is well.\n", stderr: "" });

  await pool.query("alter table public.orders disable trigger all");
  await pool.query(
    `alter role current_user in database "${database}" set default_transaction_isolation = serializable`,
  );
  rmSync(join(shop, "tasks/ship.ts"));
  writeFileSync(join(shop, "tasks/bill.ts"), "export default () => undefined;\n");
  await pool.query("drop index steward.steps_due_idx");
  await pool.query("alter function steward_private.clock(timestamptz) volatile");
  await pool.query(`alter database "${database}" set default_transaction_read_only = on`);
  const { code, stdout } = await steward(["doctor", "--json"]);
  assert.is(code, 3);
  const findings = JSON.parse(stdout) as { level: string; message: string }[];
  const has = (level: string, words: string) =>
    findings.some((one) => one.level === level && one.message.includes(words));
  assert.ok(has("problem", "index steward.steps_due_idx"));
  assert.ok(has("problem", "disabled triggers of public.orders"));
  assert.ok(has("problem", "the task ship"));
  assert.ok(has("hint", "the task bill"));
  assert.ok(has("problem", "A promise is broken")); // the same triggers
  assert.ok(has("hint", "default_transaction_isolation is serializable"));
  assert.ok(has("problem", "changed the function steward_private.clock(timestamp with time zone)"));
  assert.ok(has("problem", "default_transaction_read_only is on"));
  assert.is(findings.length, 8);
  await pool.query(`begin read write; alter database "${database}" reset default_transaction_read_only; commit`);
  await pool.query("begin read write; alter function steward_private.clock(timestamptz) stable; commit");
  await pool.query(`alter role current_user in database "${database}" reset default_transaction_isolation`);

  await pool.query("alter table public.orders enable trigger all");
  copyShop();
  rmSync(join(shop, "tasks/bill.ts"));
  await steward(["migrate"]);
  assert.is((await steward(["doctor"])).code, 0);
});

test("doctor says what an older database lacks, though it cannot look at all of it", async () => {
  await pool.query("alter view steward.blockers rename to blockers_later");
  const { code, stdout, stderr } = await steward(["doctor"]);
  await pool.query("alter view steward.blockers_later rename to blockers");
  assert.equal([code, stderr], [3, ""]);
  assert.match(stdout.replaceAll(/\s+/g, " "), "lacks what migrations of Steward made: view steward.blockers");
});

test("doctor names a task file that cannot be loaded, and a sequence without numbers left", async () => {
  writeFileSync(join(shop, "tasks/bill.ts"), 'import "./nothing.ts";\n');
  writeFileSync(join(shop, "tasks/file.ts"), "export const nothing = 1;\n");
  await pool.query(
    "create sequence public.full_one maxvalue 3; select nextval('public.full_one') from generate_series(1, 3)",
  );
  await pool.query(
    "create sequence public.roomy maxvalue 30; select nextval('public.roomy') from generate_series(1, 20)",
  );
  try {
    const { code, stdout } = await steward(["doctor"]);
    const said = stdout.replaceAll(/\s+/g, " ");
    assert.is(code, 3);
    assert.match(said, /tasks\/bill.ts cannot be loaded: Cannot find module/);
    assert.match(said, /tasks\/file.ts cannot be loaded: it exports no function as its default/);
    assert.match(said, /The sequence public.full_one has given 3 of its 3 numbers: inserts that need another one fail/);
    assert.not.match(said, /roomy/);
  } finally {
    rmSync(join(shop, "tasks/bill.ts"));
    rmSync(join(shop, "tasks/file.ts"));
    await pool.query("drop sequence public.full_one, public.roomy");
  }
  assert.is((await steward(["doctor"])).code, 0);
});

test("doctor names a replication slot that nobody reads", async () => {
  const own = await startPostgres(); // slots are the whole server's
  await migrate({ connectionString: own });
  const superuser = new pg.Client({ connectionString: own });
  await superuser.connect();
  try {
    await superuser.query("select pg_create_physical_replication_slot('left_over', true)");
    // As much as is told. A switch is made only where something was written.
    for (let segment = 0; segment < 18; segment++)
      await superuser.query("select pg_logical_emit_message(false, 'test', ''), pg_switch_wal()");
    const { stdout } = await steward(["doctor"], { DATABASE_URL: own });
    assert.match(
      stdout.replaceAll(/\s+/g, " "),
      /The replication slot left_over, which nobody reads, holds back \d+ MB of WAL.*pg_drop_replication_slot\('left_over'\)/,
    );
  } finally {
    await superuser.end();
  }
});

test("what nobody may read is told, and the rest is looked at all the same; why names who has locked a table", async () => {
  await pool.query("revoke select on steward.lanes from current_user");
  try {
    const { stdout } = await steward(["doctor"]);
    assert.match(stdout.replaceAll(/\s+/g, " "), /permission denied for table lanes \(42501\)/);
  } finally {
    await pool.query("grant all on steward.lanes to current_user");
  }
  const other = await pool.connect();
  try {
    await other.query(
      "begin; set local application_name = 'a migration'; lock table steward.runs, steward.lifecycles, steward.steps",
    );
    for (const command of [["doctor"], ["why", "public.orders/1"]]) {
      const { stdout, stderr } = await steward(command);
      assert.match((stdout + stderr).replaceAll(/\s+/g, " "), /session \d+ \(a migration, .*has locked steward\./);
    }
  } finally {
    await other.query("rollback");
    other.release();
  }
});

test("doctor says whose login a service refuses, and does not call well what it has hints about", async () => {
  await pool.query("insert into steward.lanes (name, is_outside) values ('mail', true)");
  await pool.query(
    "insert into steward.refusals (lane, credentials, open_until, host, pid, error_code, error_message) values ('mail', 'x', now(), 'far', 4711, 'ST506', 'It refuses us.')",
  );
  const { code, stdout } = await steward(["doctor"]);
  assert.is(code, 3);
  assert.match(
    stdout.replaceAll(/\s+/g, " "),
    /mail has refused what process 4711 at far signs in with.*Restart that worker/,
  );
  await pool.query("delete from steward.refusals; delete from steward.lanes where name = 'mail'");
  await pool.query("select steward.pause(task => 'ship')");
  const hinted = await steward(["doctor"]);
  await pool.query("select steward.unpause(task => 'ship')");
  assert.is(hinted.code, 0);
  assert.match(hinted.stdout, /No problem found, but read the hints\./);
});

test.run();
