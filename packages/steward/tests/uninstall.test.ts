// steward uninstall leaves a database as it was before Steward came: its schema, its rights, its default privileges and the server's roles.
import pg from "pg";
import { migrate } from "steward/migrate";
import {
  createDatabaseFrom,
  dropDatabase,
  newName,
  prepareServer,
  runSql,
  type TestServer,
  urlOf,
} from "steward/testing/server";
import { uninstall } from "steward/uninstall";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const OWNER = "steward_leaver";
/** An application that was there before: quoted names, rights, defaults, triggers and partitions of its own. */
const APPLICATION = `
create schema "The Shop";
create table "The Shop"."Order" (id text primary key, "customerName" text not null, paid boolean default false);
create function "The Shop".stamp() returns trigger language plpgsql as 'begin return new; end';
create trigger stamp before insert on "The Shop"."Order" for each row execute function "The Shop".stamp();
create table public.visits (id bigint, at date, primary key (id, at)) partition by range (at);
create table public.visits_1 partition of public.visits for values from ('2026-01-01') to ('2027-01-01');
alter default privileges in schema public grant select on tables to public;
grant usage on schema "The Shop" to public;
grant select on "The Shop"."Order" to public;
alter table public.visits enable row level security;
create policy all_of_them on public.visits using (true);
`;
/** All that a dump of the schema would print, and the roles of the server. */
const STATE = `
select 'schema' as what, nspname as name, nspacl::text || coalesce(obj_description(oid), '') as detail from pg_namespace where nspname !~ '^pg_(toast|temp)'
union all select 'relation', c.oid::regclass::text, concat_ws(' ', relkind, relacl, reloptions, relrowsecurity, obj_description(c.oid), pg_get_userbyid(relowner))
  from pg_class c join pg_namespace n on n.oid = relnamespace where nspname !~ '^(pg_|information_schema)'
union all select 'column', attrelid::regclass::text, string_agg(concat_ws(' ', attname, atttypid::regtype, attnotnull, attacl), ',' order by attnum)
  from pg_attribute a join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
  where nspname !~ '^(pg_|information_schema)' and attnum > 0 group by attrelid
union all select 'function', p.oid::regprocedure::text, concat_ws(' ', proacl, md5(prosrc), proconfig) from pg_proc p
  join pg_namespace n on n.oid = pronamespace where nspname !~ '^(pg_|information_schema)'
union all select 'type', t.oid::regtype::text, typacl::text from pg_type t join pg_namespace n on n.oid = typnamespace where nspname !~ '^(pg_|information_schema)'
union all select 'constraint', conname, pg_get_constraintdef(k.oid) from pg_constraint k join pg_namespace n on n.oid = connamespace where nspname !~ '^(pg_|information_schema)'
union all select 'trigger', tgname, concat_ws(' ', tgrelid::regclass, tgenabled) from pg_trigger where not tgisinternal
union all select 'policy', polname, polrelid::regclass::text from pg_policy
union all select 'default privilege', concat_ws(' ', pg_get_userbyid(defaclrole), defaclnamespace::regnamespace, defaclobjtype), defaclacl::text from pg_default_acl
union all select 'extension', extname, extversion from pg_extension
union all select 'event trigger', evtname, evtevent from pg_event_trigger
union all select 'role', rolname, concat_ws(' ', rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolbypassrls) from pg_roles
union all select 'member', pg_get_userbyid(member), pg_get_userbyid(roleid) from pg_auth_members
union all select 'setting', concat_ws(' ', setdatabase, setrole), setconfig::text from pg_db_role_setting
union all select 'database', datname, datacl::text from pg_database where datname = current_database()
order by 1, 2, 3`;

const test = suite("uninstall");
let server: TestServer;
let name: string;
let url: string;
let pool: pg.Pool;

test.before(async () => {
  server = await prepareServer(OWNER);
  await runSql(server.url, `alter role ${OWNER} nocreaterole nocreatedb`);
});
test.before.each(async () => {
  name = newName();
  await createDatabaseFrom(server, "template0", name);
  url = urlOf(server, name, OWNER);
  pool = new pg.Pool({ connectionString: url, max: 2 });
  await pool.query(APPLICATION);
});
test.after.each(async () => {
  await pool.end();
  await dropDatabase(server, name);
});

async function state(): Promise<string> {
  const { rows } = await pool.query<{ what: string; name: string; detail: string | null }>(STATE);
  return rows.map(({ what, name, detail }) => `${what} ${name}: ${detail}`).join("\n");
}

async function install(queueSchema?: string): Promise<void> {
  await migrate({ connectionString: url, ...(queueSchema !== undefined && { queueSchema }) });
  await pool.query(`select steward.define_lifecycle('made', 'For a test.', '{"work": {}}')`);
  await pool.query(
    `select steward.attach('"The Shop"."Order"', on_insert => 'made', on_update => 'made', on_delete => 'made', owner => 'customerName')`,
  );
  await pool.query("select steward.attach('public.visits', on_insert => 'made')");
}

async function refusal(): Promise<string> {
  const error = await uninstall(url).catch((reason: unknown) => reason);
  return String((error as { code: unknown; message: string }).code) + " " + (error as Error).message;
}

test("everything is as it was, with rows that were written meanwhile", async () => {
  const before = await state();
  await install();
  await pool.query(
    `insert into "The Shop"."Order" values ('a', 'ada'); insert into public.visits values (1, '2026-02-02')`,
  );
  await pool.query("select * from steward.cancel(lifecycle => 'made')");
  assert.is.not(await state(), before);
  // Neither of these may hold it up.
  await pool.query(
    "create table public.brief (id int primary key); alter table public.visits detach partition public.visits_1",
  );
  await pool.query("select steward.attach('public.brief', on_insert => 'made')");
  await pool.query(`drop table public.brief; alter table "The Shop"."Order" rename to "Orders"`);
  const removed = await uninstall(url);
  await pool.query(`alter table "The Shop"."Orders" rename to "Order"`);
  await pool.query(
    "alter table public.visits attach partition public.visits_1 for values from ('2026-01-01') to ('2027-01-01')",
  );
  assert.equal(removed, {
    tables: ['"The Shop"."Orders"', "public.visits", "public.visits_1"],
    schemas: ["steward", "steward_private", "graphile_worker"],
    openRuns: 0,
  });
  assert.is(await state(), before);
  assert.is((await pool.query(`select count(*)::int as n from "The Shop"."Order"`)).rows[0].n, 1);
  assert.equal(await uninstall(url), { tables: [], schemas: [], openRuns: 0 });
});

test("a graphile_worker schema that was there before stays, with its jobs", async () => {
  await install();
  await pool.query("select * from steward.cancel(lifecycle => 'made')");
  await pool.query("comment on schema graphile_worker is null"); // as if the application had made it
  await pool.query("select graphile_worker.add_job('mail')");
  assert.equal((await uninstall(url)).schemas, ["steward", "steward_private"]);
  assert.is((await pool.query("select count(*)::int as n from graphile_worker.jobs")).rows[0].n, 1);
  await install();
  assert.equal((await uninstall(url)).schemas, ["steward", "steward_private"]);
});

test("a queue in a schema of another name goes too", async () => {
  const before = await state();
  await install("shop_queue");
  assert.equal((await uninstall(url)).schemas, ["steward", "steward_private", "shop_queue"]);
  assert.is(await state(), before);
});

test("what is in use, and what the application has built on it, is refused and stays whole", async () => {
  await install();
  await pool.query(`insert into "The Shop"."Order" values ('a', 'ada')`);
  assert.match(await refusal(), /^ST836 1 runs have not ended/);
  await pool.query("create view public.my_runs as select id, status from steward.runs");
  await pool.query("select * from steward.cancel(lifecycle => 'made')");
  const said = await refusal();
  assert.match(said, /^ST837 .*view (public\.)?my_runs/, said);
  await pool.query(`insert into "The Shop"."Order" values ('b', 'bob')`);
  assert.is((await pool.query("select * from public.my_runs where status = 'pending'")).rows.length, 1);
  await pool.query("drop view public.my_runs");
  assert.is((await uninstall(url, { force: true })).openRuns, 1);
});

test.run();
