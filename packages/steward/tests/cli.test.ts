// The command `steward`, as people call it in an application's folder.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jwtVerify, SignJWT } from "jose";
import pg from "pg";
import { migrate } from "steward/migrate";
import { waitFor } from "steward/testing";
import { startPostgres } from "steward/testing/postgres";
import {
  createDatabaseFrom,
  dropDatabase,
  newName,
  openPool,
  prepareServer,
  type TestServer,
  urlOf,
} from "steward/testing/server";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ROOT, TABLES } from "./application.ts";

const PROGRAM = join(import.meta.dirname, "../bin/steward.js");
const OWNER = "steward_test";
const test = suite("steward");
const folder = mkdtempSync(join(tmpdir(), "steward-cli-"));
const shop = join(folder, "shop");
const database = newName();
const API = `api_${database}`;
let server: TestServer;
let url: string;
let pool: pg.Pool;

test.before(async () => {
  copyShop();
  symlinkSync(join(import.meta.dirname, "../../../node_modules"), join(folder, "node_modules"));
  server = await prepareServer(OWNER);
  await createDatabaseFrom(server, "template0", database);
  url = urlOf(server, database, OWNER);
  pool = openPool(url, { max: 2 });
  await pool.query(TABLES);
});
test.after(async () => {
  await pool.end();
  await dropDatabase(server, database);
  rmSync(folder, { recursive: true, force: true });
});

test("help teaches, and names the exit codes", async () => {
  const { code, stdout } = await steward(["--help"]);
  assert.is(code, 0);
  for (const words of ["npx steward init", "attach", "doctor", "Exit codes: 0 done"]) assert.match(stdout, words);
  assert.match((await steward(["attach", "--help"])).stdout, "npx steward attach public.accounts --on-insert");
});

test("commands of the application are run and listed", async () => {
  const script = "process.stdout.write(process.argv.slice(2).join()); process.exitCode = 3;";
  writeFileSync(join(shop, "count.ts"), script);
  const config = readFileSync(join(shop, "steward.config.ts"), "utf8");
  const commands = `commands: { count: { script: "count.ts", does: "counts the stock" } },`;
  writeFileSync(join(shop, "steward.config.ts"), config.replace("defineConfig({", `defineConfig({ ${commands}`));
  const { code, stdout } = await steward(["count", "all", "--twice"]);
  assert.equal([code, stdout], [3, "all,--twice"]);
  assert.match((await steward(["--help"])).stdout, /count .*counts the stock/);
  assert.is((await steward(["--help"], { WORKER_CONCURRENCY: "many" })).code, 0);
});

test("wrong arguments end with 2 and one line", async () => {
  assert.equal(await steward(["migrat"]), {
    code: 2,
    stdout: "",
    stderr: "steward: unknown command 'migrat'. (Did you mean migrate?). See steward --help.\n",
  });
  assert.is((await steward(["attach"])).stderr, "steward: missing required argument 'table'. See steward --help.\n");
  for (const [args, message] of [
    [["--json"], "no command is named."],
    [["attach", "--json"], "missing required argument 'table'."],
    [["--json", "migrat"], "unknown command 'migrat'. (Did you mean migrate?)."],
    [["status", "--json", "--nothing"], "unknown option '--nothing'."],
  ] as const) {
    const { code, stderr } = await steward([...args]);
    assert.equal([code, JSON.parse(stderr)], [2, { error: { code: "ST801", message, next: "See steward --help." } }]);
  }
  const { code, stderr } = await steward(["lifecycles"], { WORKER_CONCURRENCY: "many" });
  assert.equal(
    [code, stderr],
    [
      2,
      "steward: WORKER_CONCURRENCY must be a whole number from 1 to 100. Correct what the message names, then start again. (ST801)\n",
    ],
  );
});

test("an older Node is told in one line", async () => {
  const older = "data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '22.17.9' })";
  assert.equal(await steward(["--help"], { NODE_OPTIONS: `--import "${older.replaceAll(" ", "%20")}"` }), {
    code: 2,
    stdout: "",
    stderr: "steward: Node.js 22.18 or newer is needed, and this is 22.17.9.\n",
  });
});

test("before migrating, each command says what to do", async () => {
  const { code, stderr } = await steward(["lifecycles"]);
  assert.is(code, 1);
  assert.match(stderr, /^steward: The database has not been migrated to this code\. .+ \(ST828\)\n$/);
  assert.match((await steward(["worker"])).stderr, /\(ST828\)\n$/);
  const doctor = await steward(["doctor"]);
  assert.is(doctor.code, 3);
  assert.match(doctor.stdout, /^problem +The database does not have the present migrations of/);
});

test("migrate brings the engine and the lifecycles", async () => {
  const { code, stdout } = await steward(["migrate", "--json"]);
  assert.is(code, 0);
  assert.ok(JSON.parse(stdout).applied.includes("order.sql"));
  assert.is((await steward(["migrate"])).stdout, "The database is up to date.\n");
  assert.equal(JSON.parse((await steward(["lifecycles", "--json"])).stdout), [
    { kind: "order", steps: "pack, ship", started_by: "insert into public.orders", open_runs: 0 },
  ]);
});

test("migrate --sql prints SQL, and no database is needed", async () => {
  const { code, stdout } = await steward(["migrate", "--sql", "--from", "2"], {
    DATABASE_URL: "postgres://nobody@127.0.0.1:9/x",
  });
  assert.is(code, 0);
  assert.match(stdout, "from migration 2 to migration");
  assert.not.match(stdout, /^\\/m);
  assert.is((await steward(["migrate", "--sql", "--from", "two"])).code, 2);
});

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

test("why says that a row has no run for its trigger is off", async () => {
  await pool.query("alter table public.orders disable trigger all");
  await pool.query("insert into public.orders (id, customer) overriding system value values (4711, 'ada')");
  const { code, stderr } = await steward(["why", "public.orders/4711"]);
  assert.is(code, 1);
  assert.match(stderr, /There is no run public.orders\/4711.*insert of public.orders starts no run at present/);
  await pool.query("delete from public.orders where id = 4711");
  assert.match((await steward(["why", "public.orders/4711"])).stderr, /Nor is there such a row/);
  await pool.query("alter table public.orders enable trigger all");
});

test("attach and detach", async () => {
  await pool.query('create table public."Big Order" (id int primary key, total int)');
  const args = ["attach", 'public."Big Order"', "--on-insert", "order", "--when", "total > 10"];
  assert.equal(await steward(args), { code: 0, stdout: 'public."Big Order" is attached.\n', stderr: "" });
  await pool.query('insert into public."Big Order" values (1, 5), (2, 50)');
  const { rows } = await pool.query(`select subject_id from steward.runs where subject_table = 'public."Big Order"'`);
  assert.equal(rows, [{ subject_id: "2" }]);
  // A shell has taken the quotes away.
  assert.match((await steward(["why", "public.Big Order/2"])).stdout, 'order of public."Big Order"/2: pending');
  assert.match((await steward(["runs", "--subject", "public.Big Order"])).stdout, 'public."Big Order"/2');
  assert.match(
    (await steward(["cancel", "--subject", "public.Big Order/2", "--preview"])).stdout,
    "1 would be cancelled",
  );
  assert.match((await steward(["detach", "public.Big Order"])).stdout, 'public."Big Order" is detached.');
  await pool.query('insert into public."Big Order" values (3, 50)');
  assert.is((await pool.query("select from steward.runs")).rowCount, 1);
  await pool.query("select steward.cancel_run(id) from steward.runs");
});

test("what Postgres or the engine refuses is one line with its code", async () => {
  const missing = await steward(["attach", "public.nothing", "--on-insert", "order"]);
  assert.equal(
    [missing.code, missing.stderr],
    [1, 'steward: Postgres refuses it: relation "public.nothing" does not exist. (42P01)\n'],
  );
  const unknown = await steward(["attach", "public.orders", "--on-insert", "nothing", "--json"]);
  assert.equal(JSON.parse(unknown.stderr), {
    error: {
      code: "ST424",
      message: "There is no lifecycle 'nothing'.",
      next: "Define it first, with steward.define_lifecycle.",
    },
  });
});

test("token prints one that the server takes", async () => {
  const secret = "a secret of the tests that is long enough to sign with";
  const { code, stdout } = await steward(["token", "--sub", "42"], { JWT_SECRET: secret });
  assert.is(code, 0);
  const { payload } = await jwtVerify(stdout.trim(), new TextEncoder().encode(secret));
  assert.equal([payload.sub, payload["role"]], ["42", "user"]);
  assert.is((await steward(["token", "--sub", "42", "--role", "king"])).code, 2);
});

test("server shows each the runs that they own, by a claim of the application's own", async () => {
  const without = await steward(["server"]);
  assert.equal([without.code, /API_DATABASE_URL must be set/.test(without.stderr)], [2, true]);
  await pool.query(`
    create role ${API} login noinherit password '${API}'; create role ${API}_one; create role ${API}_all;
    grant ${API}_one, ${API}_all to ${API};
    select steward.grant_reader('${API}_one', claim => 'jwt.claims.sub'); select steward.grant_reader('${API}_all', all_runs => true);
    insert into public.orders (customer) values ('42'), ('43')`);
  writeFileSync(
    join(shop, "steward.config.ts"),
    readFileSync(join(ROOT, "steward.config.ts"), "utf8").replace(
      "tasks:",
      `readers: { reader: "${API}_one", admin: "${API}_all" },\n  tasks:`,
    ),
  );
  const secret = "a secret of the tests that is long enough to sign with";
  const env = {
    API_DATABASE_URL: urlOf(server, database, API),
    PORT: "0",
    JWT_SECRET: secret,
    JWT_SUBJECT_CLAIM: "customer.id",
  };
  const served = start(["server", "--json"], env);
  try {
    const [line] = (await once(served.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
    const { url: address } = JSON.parse(line.toString());
    const tokenOf = (claims: Record<string, unknown>) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: "HS256" })
        .setExpirationTime("1h")
        .sign(new TextEncoder().encode(secret));
    const mine = await statuses(
      address,
      await tokenOf({ role: "user", customer: { id: 42 } }),
      '(condition: { kind: "order", ownerId: "42" })',
    );
    assert.is(mine.data?.runs.nodes.length, 1);
    assert.is(
      (await statuses(address, await tokenOf({ role: "user", customer: { id: 42 } }))).data?.runs.nodes.length,
      1,
    );
    assert.is(
      (await statuses(address, await tokenOf({ role: "user", customer: { id: 7 } }))).data?.runs.nodes.length,
      0,
    );
    assert.ok(
      Number(
        (await statuses(address, await tokenOf({ role: "admin", customer: { id: "x" } }))).data?.runs.nodes.length,
      ) >= 2,
    );
    assert.is((await statuses(address, await tokenOf({ role: "user", sub: "42" }))).data, undefined);
  } finally {
    served.kill("SIGTERM");
    await once(served, "exit");
    cpSync(ROOT, shop, { recursive: true });
    await pool.query("select steward.cancel(status => 'pending')");
    await pool.query("delete from public.orders");
    await pool.query(`
      select steward.revoke_reader('${API}_one'); select steward.revoke_reader('${API}_all');
      drop role ${API}; drop role ${API}_one; drop role ${API}_all`);
  }
});

test("a folder without tasks, and a configuration that is none, are told in one line", async () => {
  const root = mkdtempSync(join(folder, "empty-"));
  const { code, stderr } = await steward(["worker"], {}, root);
  assert.is(code, 2);
  assert.match(stderr, /^steward: There is no folder .+ \(ST801\)\n$/);
  writeFileSync(join(root, "steward.config.ts"), "export default defineConfig(");
  assert.match(
    (await steward(["lifecycles"], {}, root)).stderr,
    /^steward: steward\.config\.ts cannot be loaded: .+ \(ST801\)\n$/,
  );
});

test("worker executes, and stops in order", async () => {
  const worker = start(["worker"]);
  await pool.query("insert into public.orders (customer) values ('ada')");
  await untilShipped();
  worker.kill("SIGTERM");
  assert.is((await once(worker, "exit"))[0], 0);
});

test("npx graphile-worker runs the same worker", async () => {
  const worker = start([], {}, shop, join(import.meta.dirname, "../../../node_modules/graphile-worker/dist/cli.js"));
  await pool.query("insert into public.orders (customer) values ('dan')");
  await untilShipped();
  worker.kill("SIGTERM");
  await once(worker, "exit");
});

test("worker --watch takes a changed task", async () => {
  const worker = start(["worker", "--watch"]);
  await pool.query("insert into public.orders (customer) values ('bob')");
  await untilShipped();
  const task = join(shop, "tasks/ship.ts");
  writeFileSync(task, readFileSync(task, "utf8").replace("'shipped'", "'flown'"));
  await pool.query("insert into public.orders (customer) values ('eve')");
  await waitFor(async () => (await pool.query("select from public.orders where state = 'flown'")).rowCount, {
    what: "the new task",
    timeoutMs: 30_000,
  });
  worker.kill("SIGTERM");
  assert.is((await once(worker, "exit"))[0], 0);
});

test("init writes what is not there, and overwrites nothing", async () => {
  const root = mkdtempSync(join(folder, "new-"));
  writeFileSync(
    join(root, "package.json"),
    '{"name": "old", "type": "commonjs", "scripts": {"steward:start": "mine"}}',
  );
  writeFileSync(join(root, ".gitignore"), "mine\n");
  const { stdout } = await steward(["init", "--json"], {}, root);
  const { made, kept, scripts } = JSON.parse(stdout);
  assert.equal(made, [
    "steward.config.mts",
    "steward/lifecycles/greeting.sql",
    "tasks/greet.mts",
    "tests/greeting.test.mts",
  ]);
  assert.equal([kept, scripts], [[".gitignore"], ["steward:migrate", "steward:worker", "steward:test"]]);
  assert.is(readFileSync(join(root, ".gitignore"), "utf8"), "mine\n");
  assert.is(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts["steward:start"], "mine");
  assert.equal(JSON.parse((await steward(["init", "--json"], {}, root)).stdout).made, []);
});

test("init, then start: the example's lifecycle runs on a Postgres of its own", async () => {
  const root = mkdtempSync(join(folder, "started-"));
  await steward(["init"], {}, root);
  assert.ok(existsSync(join(root, "steward.config.ts")));
  const started = start(["start", "--watch"], { DATABASE_URL: "", PORT: "0" }, root);
  let output = "";
  for (const stream of [started.stdout, started.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await waitFor(() => output.includes("Hello, World!"), { what: "the greeting", timeoutMs: 60_000 });
  assert.match(output, "Steward is ready");
  const token = (await steward(["token", "--role", "admin", "--sub", "me"], { DATABASE_URL: "" }, root)).stdout.trim();
  const [address = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
  assert.equal(await statuses(address, token), {
    data: { runs: { nodes: [{ kind: "greeting", status: "succeeded" }] } },
  });
  appendFileSync(
    join(root, "steward/lifecycles/greeting.sql"),
    "insert into public.steward_guests (name) values ('Ada');\n",
  );
  await waitFor(() => output.includes("Hello, Ada!"), { what: "the changed lifecycle", timeoutMs: 60_000 });
  started.kill("SIGTERM");
  assert.is((await once(started, "exit"))[0], 0);
});

/** Without the task that only the tests of purges use. */
function copyShop(): void {
  cpSync(ROOT, shop, { recursive: true });
  rmSync(join(shop, "tasks/purge.ts"));
}

async function untilShipped(): Promise<void> {
  const open = () => pool.query("select from public.orders where state <> 'shipped'");
  await waitFor(async () => (await open()).rowCount === 0, { what: "the orders", timeoutMs: 30_000 });
}

interface Statuses {
  readonly data?: { readonly runs: { readonly nodes: readonly { kind: string; status: string }[] } };
}

/** What the API at this address says of the runs that the token's bearer sees. */
async function statuses(address: string, token: string, which = ""): Promise<Statuses> {
  const response = await fetch(`${address}/graphql`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ query: `{ runs${which} { nodes { kind status } } }` }),
  });
  return (await response.json()) as Statuses;
}

type Environment = Readonly<Record<string, string>>;

function start(args: readonly string[], env: Environment = {}, cwd = shop, program = PROGRAM): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], DATABASE_URL: url, ...env },
  });
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
  return child;
}

async function steward(
  args: readonly string[],
  env: Environment = {},
  cwd: string = shop,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = start(args, { LOG_LEVEL: "error", ...env }, cwd);
  const output = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...output };
}

test.run();
