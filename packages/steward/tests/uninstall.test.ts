// steward uninstall leaves a database as it was before Steward came: its schema, its rights, its default privileges and the server's roles.
import type pg from "pg";
import { migrate } from "steward/migrate";
import {
  createDatabaseFrom,
  dropDatabase,
  newName,
  openPool,
  prepareServer,
  runSql,
  type TestServer,
  urlOf,
} from "steward/testing/server";
import { uninstall } from "steward/uninstall";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readState } from "./state.ts";

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
  pool = openPool(url, { max: 2 });
  await pool.query(APPLICATION);
});
test.after.each(async () => {
  await pool.end();
  await dropDatabase(server, name);
});

function state(): Promise<string> {
  return readState(pool);
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

test("a graphile_worker schema that was there before stays, with its own jobs alone", async () => {
  await install();
  await pool.query("comment on schema graphile_worker is null"); // as if the application had made it
  await pool.query("select graphile_worker.add_job('mail')");
  await pool.query(`insert into "The Shop"."Order" values ('a', 'ada')`);
  assert.equal((await uninstall(url, { force: true })).schemas, ["steward", "steward_private"]);
  assert.equal((await pool.query("select task_identifier from graphile_worker.jobs")).rows, [
    { task_identifier: "mail" },
  ]);
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
  assert.match(await refusal(), /^ST836 Runs that have not ended: 1/);
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
