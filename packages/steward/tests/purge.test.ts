// Purges of an application's own tables: any key, what foreign keys hang on, and tables that are not any more what was registered.
import type pg from "pg";
import { migrate } from "steward/migrate";
import { createTestDatabase, type TestDatabase } from "steward/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ROOT } from "./application.ts";

const MANY = 1_500;
const test = suite("purges");
let app: TestDatabase;

/** People have text keys, and accounts numbers; what an account has hangs on it by foreign keys. */
const TABLES = `
create table public.orders (id bigint generated always as identity primary key, customer text not null, state text not null default 'new');
create table public."People" ("Name" text primary key);
create table public.notes (id bigint generated always as identity primary key, writer text);
create index on public.notes (writer);
create table public.log (at timestamptz not null default clock_timestamp(), writer text not null) partition by range (at);
create table public.log_old partition of public.log for values from (minvalue) to ('2020-01-01');
create table public.log_new partition of public.log for values from ('2020-01-01') to (maxvalue);
create table public.accounts (id bigint primary key, name text not null default '');
create table public.folders (id bigint generated always as identity primary key, account bigint not null references public.accounts on delete cascade);
create index on public.folders (account);
create table public.files (id bigint generated always as identity primary key, folder bigint not null references public.folders);
create index on public.files (folder)`;

async function setUp(_url: string, pool: pg.Pool): Promise<void> {
  await pool.query(TABLES);
}

test.before.each(async () => {
  app = await createTestDatabase({ root: ROOT, setUp });
  await app.pool.query(`
    select steward.define_lifecycle('farewell', 'Somebody is gone.', '{"clear": {"task": "purge", "batch": true, "lane": "purge"}}');
    select steward.define_lifecycle('closing', 'An account is closed.', '{"clear": {"task": "purge", "batch": true, "lane": "purge"}}');
    select steward.attach('public."People"', on_delete => 'farewell', owner => 'Name');
    insert into steward.purge_targets (subject_table, table_name, key_column, cutoff_column)
    values ('public."People"', 'public.notes', 'writer', 'id'), ('public."People"', 'public.log', 'writer', null);
    insert into steward.purge_targets (subject_table, table_name, key_column, key_query, position) values
      ('public.accounts', 'public.files', 'folder', 'select f.id from public.folders f where f.account = any ($1::bigint[])', 0),
      ('public.accounts', 'public.folders', 'account', null, 1),
      ('public.accounts', 'public.accounts', 'id', null, 2)`);
});
test.after.each(() => app.close());

async function write(writer: string, notes: number): Promise<void> {
  await app.pool.query('insert into public."People" values ($1) on conflict do nothing', [writer]);
  await app.pool.query("insert into public.notes (writer) select $1 from generate_series(1, $2::int)", [writer, notes]);
}

async function leave(writer: string): Promise<void> {
  await app.pool.query('delete from public."People" where "Name" = $1', [writer]);
}

async function count(table: string, where = "true"): Promise<number> {
  return (await app.pool.query(`select from ${table} where ${where}`)).rowCount ?? 0;
}

test("after a delete, few rows go in its transaction and many by a step; others keep theirs, and who comes again what is new", async () => {
  await write("O'Neill", 1_000);
  await write("多", MANY);
  await write("other", 10);
  await leave("O'Neill");
  assert.is(await count("notes", "writer = 'O''Neill'"), 0);
  await leave("多");
  assert.is(await count("notes", "writer = '多'"), MANY);
  await write("多", 7);
  await app.drain();
  assert.is(await count("notes", "writer = '多'"), 7);
  assert.is(await count("notes"), 17);
  await app.expectRun({ subject: "多", status: "succeeded" });
});

test("without an index, and in all partitions, a step finds the rows however few they are", async () => {
  await write("ada", 1);
  await app.pool.query(
    "insert into public.log values ('2019-05-05', 'ada'), ('2021-05-05', 'ada'), ('2021-05-05', 'bob')",
  );
  await leave("ada");
  await app.expectStep({ subject: "ada", name: "clear", item: "public.log", status: "queued" });
  await app.expectNoStep({ subject: "ada", item: "public.notes" });
  await app.drain();
  assert.is(await count("log"), 1);
  await app.expectRun({ subject: "ada", status: "succeeded" });
});

test("a request purges before the row goes: those who refer to others first, the row itself last", async () => {
  await app.pool.query(
    `insert into public.accounts (id) values (1), (2);
     insert into public.folders (account) select 1 + n % 2 from generate_series(1, 3000) n;
     insert into public.files (folder) select f.id from public.folders f, generate_series(1, 2)`,
  );
  await app.pool.query("select steward.start_purge(steward.start_runs('closing', 'public.accounts', '{1}'))");
  assert.is(await count("accounts"), 2);
  for (let look = 0; look < 3; look++) {
    await app.drain();
    await app.moveClock("10 seconds");
  }
  await app.expectRun({ subject: "1", status: "succeeded" });
  assert.equal([await count("accounts"), await count("folders"), await count("files")], [1, 1_500, 3_000]);
});

test("a table that was renamed, or lost its column, fails its purge and not the delete; retried it is purged", async () => {
  for (const [change, undo, code] of [
    ["alter table public.notes rename to memos", "alter table public.memos rename to notes", "ST701"],
    [
      "alter table public.notes rename column writer to w",
      "alter table public.notes rename column w to writer",
      "ST702",
    ],
    [
      "alter table public.notes rename to memos; create view public.notes as select * from public.memos",
      "drop view public.notes; alter table public.memos rename to notes",
      "ST701",
    ],
  ] as const) {
    await write(code, 5);
    await app.pool.query(change);
    await leave(code);
    await app.drain();
    const run = await app.expectRun({ subject: code, status: "failed" });
    const { rows } = await app.pool.query("select error_code from steward.runs where id = $1", [run.id]);
    assert.is(rows[0].error_code, code, change);
    await app.pool.query(undo);
    await app.pool.query("select steward_private.retry_runs(array[$1::uuid])", [run.id]);
    await app.drain();
    assert.is(await count("notes"), 0, change);
    await app.pool.query("delete from steward.runs");
  }
});

test("when the subjects' table is renamed, migrate takes its purges along", async () => {
  await write("ada", MANY);
  await app.pool.query('alter table public."People" rename to "Folk"');
  await migrate({ connectionString: app.url });
  await app.pool.query(`delete from public."Folk" where "Name" = 'ada'`);
  await app.drain();
  assert.is(await count("public.notes"), 0);
});

test("when a table to purge is renamed, migrate takes it along, and a purge under way too", async () => {
  await write("ada", MANY);
  await leave("ada");
  await app.pool.query("alter table public.notes rename to remarks");
  await migrate({ connectionString: app.url });
  await app.pool.query("insert into public.remarks (writer) values ('ada')");
  await app.drain();
  await app.expectRun({ kind: "farewell", subject: "ada", status: "succeeded" });
  assert.is(await count("public.remarks"), 1); // what came after the delete
});

test("a subject whose key has several columns needs a query", async () => {
  await app.pool.query("create table public.pages (book text, nr int, primary key (book, nr))");
  const register = (query: string | null) =>
    app.pool.query(
      "insert into steward.purge_targets (subject_table, table_name, key_column, key_query) values ('public.pages', 'public.notes', 'writer', $1)",
      [query],
    );
  const error = await register(null).catch((reason: unknown) => reason);
  assert.match(
    `${(error as { code: string }).code} ${(error as Error).message}`,
    /^ST702 The key of public.pages has several/,
  );
  await register("select k::jsonb ->> 0 from unnest($1) k");
  await app.pool.query(`select steward.attach('public.pages', on_delete => 'farewell');
    insert into public.pages values ('b', 1); insert into public.notes (writer) values ('b'), ('c'); delete from public.pages`);
  assert.is(await count("public.notes"), 1);
});

test("a table that became partitioned after the delete is purged in all its partitions", async () => {
  await write("ada", MANY);
  await leave("ada");
  await app.pool.query(`
    alter table public.notes rename to notes_1;
    create table public.notes (id bigint not null, writer text) partition by range (id);
    alter table public.notes_1 alter id drop identity;
    alter table public.notes attach partition public.notes_1 default;
    create sequence public.notes_seq start 100000 owned by public.notes.id;
    alter table public.notes alter id set default nextval('public.notes_seq')`);
  await app.drain();
  await app.expectRun({ subject: "ada", status: "succeeded" });
  assert.is(await count("notes"), 0);
});

test("rows that others refer to, or that a trigger keeps, are told as what they are", async () => {
  await write("ada", MANY);
  await app.pool.query(`
    create table public.replies (note bigint references public.notes);
    create index on public.replies (note);
    insert into public.replies select max(id) from public.notes`);
  await leave("ada");
  await app.drain();
  const { rows } = await app.pool.query(
    "select error_code, error_message from steward.steps where item = 'public.notes'",
  );
  assert.equal(rows, [
    { error_code: "ST707", error_message: "Rows of replies refer to the rows to purge (replies_note_fkey)." },
  ]);
  await app.pool.query(`
    delete from public.replies;
    create function public.keep() returns trigger language plpgsql as 'begin return null; end';
    create trigger keep before delete on public.notes for each row execute function public.keep()`);
  await app.moveClock("1 hour");
  await app.drain();
  const step = await app.expectStep({ subject: "ada", item: "public.notes", status: "failed" });
  assert.is(
    (await app.pool.query("select error_code from steward.steps where id = $1", [step.id])).rows[0].error_code,
    "ST708",
  );
});

test("a trigger that raises an error ends the purge at once, whether many rows are left or few", async () => {
  await app.pool.query(`
    create function public.refuse() returns trigger language plpgsql as 'begin raise exception ''on hold for somebody''; end';
    create trigger refuse before delete on public.notes for each row execute function public.refuse()`);
  for (const [writer, notes] of [
    ["ada", MANY],
    ["bob", 1],
  ] as const) {
    await write(writer, notes);
    await leave(writer);
    await app.drain();
    const { id } = await app.expectStep({ subject: writer, item: "public.notes", status: "failed" });
    const { rows } = await app.pool.query("select error_code, error_message from steward.steps where id = $1", [id]);
    assert.equal(rows, [{ error_code: "ST708", error_message: "A trigger of the table refuses the delete." }]);
  }
});

test("rows that row security hides from the engine's owner fail the purge, and are not taken for none", async () => {
  await write("ada", 3);
  await app.pool.query("alter table public.notes enable row level security, force row level security");
  await leave("ada");
  await app.drain();
  const { id } = await app.expectStep({ subject: "ada", item: "public.notes", status: "failed" });
  const { rows } = await app.pool.query("select error_code from steward.steps where id = $1", [id]);
  assert.equal(rows, [{ error_code: "ST709" }]);
  await app.pool.query(`
    alter table public.notes no force row level security;
    select from steward.retry(code => 'ST709', reason => 'may see them now')`);
  await app.drain();
  assert.is(await count("public.notes"), 0);
});

test("rows that others refer to with restrict are told so by every version of Postgres", async () => {
  await write("ada", MANY);
  await app.pool.query(`
    create table public.replies (note bigint references public.notes on delete restrict);
    create index on public.replies (note);
    insert into public.replies select max(id) from public.notes`);
  await leave("ada");
  await app.drain();
  const { rows } = await app.pool.query("select error_code from steward.steps where item = 'public.notes'");
  assert.equal(rows, [{ error_code: "ST707" }]);
});

test("a table that is dropped meanwhile ends its purge", async () => {
  await write("ada", MANY);
  await leave("ada");
  await app.pool.query("drop table public.notes");
  await app.drain();
  await app.expectStep({ subject: "ada", item: "public.notes", status: "failed" });
});

test("a thousand who go at once are one set-based piece of work", async () => {
  await app.pool.query(`insert into public."People" select 'p' || n from generate_series(1, 1000) n`);
  await app.pool.query("insert into public.notes (writer) select 'p' || 1 + n % 500 from generate_series(1, 8000) n");
  await app.pool.query("drop table public.log");
  await app.pool.query("delete from steward.purge_targets where table_name = 'public.log'");
  await app.pool.query('delete from public."People"');
  assert.is(await count("notes"), 0);
});

test.run();
