// test-timeout: 240
// What npm run migrate made may get lost: dropped by hand, or on the way through a backup. It notices, makes again what holds no
// data, and says what it cannot. And it changes nothing that is not its own.
import pg from "pg";
import { StewardError } from "steward/errors";
import { dumpSchema } from "steward/migrate/dump";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DUMPED, migrateAll } from "../../../server/migrate.ts";
import { createDatabase, createEmptyDatabase, type TestDatabase } from "../../helpers/database.ts";

interface Context {
  database: TestDatabase;
  db: pg.Pool;
  before: unknown;
}
const test = suite<Context>("repair");

test.before.each(async (context) => {
  context.database = await createDatabase();
  context.db = context.database.pool;
  context.before = await dumpSchema(context.database.ownerUrl, DUMPED);
});
test.after.each(({ database }) => database.close());

test("what is whole is left alone", async (context) => {
  assert.equal(await run(context), { applied: [], repaired: [] });
});

const LOSSES: Readonly<Record<string, string>> = {
  "an index": "drop index steward.steps_due_idx",
  "an application's index": "drop index app_public.users_email_folded_key",
  "a unique index": "drop index steward.runs_one_open_idx",
  "an index that was left half made":
    "update pg_index set indisvalid = false where indexrelid = 'steward.steps_backlog_idx'::regclass",
  "a trigger": "drop trigger _900_start_signup on app_public.users",
  "a disabled trigger": "alter table app_public.users disable trigger _900_start_signup",
  "a function with its trigger": "drop function app_private.tg_users__start_signup() cascade",
  "a computed column's function": "drop function app_public.users_onboarding(app_public.users)",
  "a policy": "drop policy users_own on app_public.users",
  "row security":
    "alter table app_private.drive_secrets disable row level security; alter table app_public.users disable row level security",
  "a grant": "revoke select on app_public.users from steward_user",
  "a grant on a function": "revoke execute on function app_public.delete_user(uuid) from steward_user",
  constraints:
    "alter table app_public.users drop constraint users_username_check; alter table app_public.user_credits drop constraint user_credits_user_id_fkey",
  "a function that everybody may call, as after a restore without privileges":
    "grant execute on function steward.adopt(text), app_public.delete_user(uuid) to public",
  "a primary key with what refers to it": "alter table app_public.user_types drop constraint user_types_pkey cascade",
  views: "drop view steward.violations, steward.jobs, steward.home",
  "a function of the engine that readers may call": "drop function steward.runs_progress(steward.runs)",
  "what a reader may see":
    "drop policy narrowed_for_steward_user on steward.runs; revoke select on steward.steps from steward_admin",
  "an attached table's trigger": "drop trigger _900_steward_insert on host.orders",
  "an attached table's function":
    "do $$ begin execute format('drop function steward_private.%I() cascade', steward_private.trigger_name('host.orders', 'insert')); end $$",
  "the truncate function of an earlier version": `do $$ begin execute replace(
      pg_get_functiondef(format('steward_private.%I', steward_private.trigger_name('host.orders', 'truncate'))::regproc), 'perform steward_private.refuse_old_snapshot', '-- '
    ); end $$`,
  "a function of the queue": "drop function graphile_worker.add_jobs(graphile_worker.job_spec[], boolean)",
  "the queue's own ledger": "delete from graphile_worker.migrations",
};

const losses = suite<Context>("what is lost");

losses.before(async (context) => {
  context.database = await createDatabase();
  context.db = context.database.pool;
  await context.db.query(`
    create schema host;
    create table host.orders (id bigint primary key);
    select steward.define_lifecycle('order', 'An order is looked at.', '{"look": {"lane": "database"}}');
    select steward.attach('host.orders', on_insert => 'order', on_delete => 'order');
  `);
  context.before = await state(context);
});
losses.after(({ database }) => database.close());

for (const [what, loss] of Object.entries(LOSSES)) {
  losses(`${what}: made again`, async (context) => {
    await asSuperuser(context, loss);
    const { applied, repaired } = await run(context);
    assert.equal(applied, []);
    assert.ok(repaired.length > 0);
    assert.equal(await state(context), context.before);
    assert.equal(await run(context), { applied: [], repaired: [] });
  });
}

losses("what was detached or taken away on purpose stays away", async (context) => {
  await context.db.query("select steward.detach('host.orders'), steward.revoke_reader('steward_application')");
  assert.equal(await run(context), { applied: [], repaired: [] });
});

test("a function that everybody may call after a restore without privileges is taken away from public", async (context) => {
  await asSuperuser(context, "drop function app_public.delete_user(uuid)");
  await run(context);
  const { rows } = await context.db.query(
    "select has_function_privilege('public', 'app_public.delete_user(uuid)', 'execute') as open",
  );
  assert.is(rows[0].open, false);
});

test("a queue that is gone is made anew, and every step that waits gets a job", async (context) => {
  const { db } = context;
  const { rows: users } = await db.query(
    "insert into app_public.users (username) select 'u' || i from generate_series(1, 3) i returning id",
  );
  await db.query("insert into app_public.users (username) select 'bulk' || i from generate_series(1, 100) i");
  await db.query("drop schema graphile_worker cascade");
  const { applied, repaired } = await run(context);
  assert.equal(applied, ["graphile-worker"]);
  assert.ok(repaired.includes("view steward.jobs"));
  assert.is(await dumpSchema(context.database.ownerUrl, DUMPED), context.before);
  const { rows } = await db.query("select key from graphile_worker.jobs order by key");
  assert.ok(rows.length >= 2, JSON.stringify(rows));
  assert.is(users.length, 3);
  assert.equal((await db.query("select from steward.violations")).rows, []);
});

test("a table is not made again: it says what is lost", async (context) => {
  await context.db.query("drop table app_public.labels");
  await refused(context, "ST830", /lacks table app_public\.labels, which/);
  assert.not.match(await dumpSchema(context.database.ownerUrl, DUMPED), "create table app_public.labels ");
});

test("a column is not made again either", async (context) => {
  await context.db.query("alter table app_public.users drop column display_name");
  await refused(context, "ST830", /lacks column app_public\.users\.display_name/);
});

test("a queue without one of its tables is told apart: it can be made anew", async (context) => {
  await context.db.query("drop table graphile_worker._private_job_queues cascade");
  await refused(context, "ST831", /_private_job_queues/);
  await context.db.query("drop schema graphile_worker cascade");
  await run(context);
  assert.is(await dumpSchema(context.database.ownerUrl, DUMPED), context.before);
});

test("what cannot be made again because of the rows says so", async (context) => {
  const { db } = context;
  await db.query("alter table app_public.user_types drop constraint user_types_name_key");
  await db.query("insert into app_public.user_types (name, initial_balance) values ('Normal HR', 1)");
  await refused(
    context,
    "ST832",
    /constraint user_types_name_key on app_public\.user_types .*could not create unique index/,
  );
  await db.query("delete from app_public.user_types where initial_balance = 1");
  await run(context);
  assert.is(await dumpSchema(context.database.ownerUrl, DUMPED), context.before);
});

test("a lost ledger, and a schema of the same name that is not ours, are refused", async (context) => {
  await context.db.query("drop schema app_migrations cascade");
  await refused(context, "ST833", /schema app_p\w+ is there/);
  const other = await createEmptyDatabase();
  try {
    await other.pool.query("create schema app_private; create table app_private.own (id integer)");
    await refused({ ...context, database: other }, "ST833", /schema app_private is there/);
    const { rows } = await other.pool.query(
      "select nspname from pg_namespace where nspname ~ '^(app|steward|graphile)'",
    );
    assert.equal(rows, [{ nspname: "app_private" }]);
  } finally {
    await other.close();
  }
});

test("an index that somebody else added and dropped is theirs", async (context) => {
  const { db } = context;
  await db.query("create index theirs on app_public.users (created_at)");
  await db.query("update app_migrations.applied set sha256 = '' where kind = 'function'");
  await run(context);
  await db.query("drop index app_public.theirs");
  assert.equal(await run(context), { applied: [], repaired: [] });
});

test("default privileges, and functions of others, are as before", async () => {
  const empty = await createEmptyDatabase();
  const client = new pg.Client({ connectionString: empty.superuserUrl });
  await client.connect();
  try {
    await client.query("alter default privileges for role steward_owner grant execute on functions to pg_monitor");
    await client.query("create function public.theirs() returns integer language sql return 1");
    const state = async () =>
      (
        await client.query(
          "select (select json_agg(d) from pg_default_acl d) as defaults, (select proacl from pg_proc where proname = 'theirs') as acl",
        )
      ).rows;
    const before = await state();
    await run({ database: empty });
    assert.equal(await state(), before);
    await empty.pool.query("create schema host; create function host.later() returns integer language sql return 1");
    const { rows } = await client.query("select has_function_privilege('public', 'host.later()', 'execute') as open");
    assert.is(rows[0].open, true);
  } finally {
    await client.end();
    await empty.close();
  }
});

losses.run();
test.run();

/** What is in the schemas of ours, and on the attached table. */
async function state({ database, db }: Pick<Context, "database" | "db">): Promise<string[]> {
  const { rows } = await db.query<{ it: string }>(
    "select pg_get_triggerdef(t.oid) as it from pg_trigger t where t.tgrelid = to_regclass('host.orders')",
  );
  return [await dumpSchema(database.ownerUrl, DUMPED), ...rows.map(({ it }) => it)];
}

function run({ database }: Pick<Context, "database">) {
  return migrateAll({ connectionString: database.ownerUrl });
}

async function refused(context: Pick<Context, "database">, code: string, sentence: RegExp): Promise<void> {
  const error = await run(context).then(
    () => assert.unreachable("it was not refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof StewardError)) throw error;
  assert.is(error.code, code);
  assert.match(error.message, sentence);
}

async function asSuperuser({ database }: Pick<Context, "database">, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.superuserUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
