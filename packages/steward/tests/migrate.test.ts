// Migrating a database of an application that has a tool of its own: the engine's schemas and nothing else.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { enginePart, migrate, type Part } from "steward/migrate";
import { printMigrations } from "steward/migrate/print";
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
import { suite } from "uvu";
import * as assert from "uvu/assert";

const OWNER = "steward_plain";
const test = suite("migrating the engine alone");
const folder = mkdtempSync(join(tmpdir(), "steward-lifecycles-"));
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
});
test.after.each(async () => {
  await pool.end();
  await dropDatabase(server, name);
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

test("an owner who may not make roles, in a database that has schemas app_public and ops", async () => {
  await pool.query("create schema app_public; create schema ops; create table app_public.things (id int primary key)");
  await migrate({ connectionString: url });
  assert.equal(await schemas(), ["app_public", "graphile_worker", "ops", "public", "steward", "steward_private"]);
  assert.equal((await migrate({ connectionString: url })).applied, []);
});

test("the queue is in the schema that is named, everywhere", async () => {
  await migrate({ connectionString: url, queueSchema: "app_queue" });
  assert.equal(await schemas(), ["app_queue", "public", "steward", "steward_private"]);
  const { rows } = await pool.query(
    `select p.oid::regprocedure::text as what from pg_proc p where p.prosrc like '%graphile_worker.%'
     union all
     select c.oid::regclass::text from pg_class c
     where c.relkind = 'v' and c.relnamespace = 'steward'::regnamespace and pg_get_viewdef(c.oid) like '%graphile_worker.%'`,
  );
  assert.equal(rows, []);
  const same = await migrate({ connectionString: url, queueSchema: "app_queue" });
  assert.equal([same.applied, same.repaired], [[], []]);
  assert.match(await failed(migrate({ connectionString: url })), "is in the schema app_queue, not in graphile_worker");
});

for (const queueSchema of ["graphile_worker", "app_queue"]) {
  test(`what --sql prints does the same, in one statement of plain SQL (${queueSchema})`, async () => {
    const part = await enginePart(queueSchema);
    await pool.query(await printMigrations(part, 0));
    const printed = await objects();
    const again = await migrate({ connectionString: url, queueSchema });
    assert.equal([again.applied, again.repaired], [[], []]);

    const other = newName();
    await createDatabaseFrom(server, "template0", other);
    await migrate({ connectionString: urlOf(server, other, OWNER), queueSchema });
    const migrated = await objects(urlOf(server, other, OWNER));
    await dropDatabase(server, other);
    assert.equal(difference(printed, migrated), []);
    // From an installed version on: nothing that is there is made again.
    await pool.query(await printMigrations(part, newest(part)));
    assert.equal(difference(await objects(), migrated), []);
  });
}

test("no migration of the engine needs to be outside of a transaction, so that --sql can print one", async () => {
  const { files } = await enginePart();
  const outside = files.filter(({ kind, sql }) => kind === "migration" && sql.includes("-- no transaction"));
  assert.equal(
    outside.map(({ name }) => name),
    [],
  );
});

test("what --sql prints is undone as a whole when something is in its way", async () => {
  await pool.query("create schema steward");
  assert.match(await failed(pool.query(await printMigrations(await enginePart(), 0))), "already exists");
  assert.equal(await schemas(), ["public", "steward"]);
});

test("lifecycle files are applied when they are new or have changed, all or none", async () => {
  const file = (text: string, at = "greeting.sql") => writeFileSync(join(folder, at), text);
  const migrateNow = async () => (await migrate({ connectionString: url, lifecycles: folder })).applied;
  await migrate({ connectionString: url });
  file(`select steward.define_lifecycle('greeting', 'A greeting.', '{"greet": {}}')`);
  assert.equal(await migrateNow(), ["greeting.sql"]);
  assert.equal(await migrateNow(), []);
  file(`select steward.define_lifecycle('greeting', 'A greeting.', '{"greet": {}, "wave": {}}')`);
  file("select steward.nothing()", "second.sql");
  assert.match(await failed(migrateNow()), "second.sql:1: function steward.nothing() does not exist");
  assert.is(await stepCount(), 1);
  rmSync(join(folder, "second.sql"));
  assert.equal(await migrateNow(), ["greeting.sql"]);
  assert.is(await stepCount(), 2);
});

async function stepCount(): Promise<number> {
  return (await pool.query("select count(*)::int as count from steward.lifecycle_steps")).rows[0].count;
}

async function schemas(): Promise<string[]> {
  const { rows } = await pool.query(
    "select nspname as name from pg_namespace where nspname not like 'pg\\_%' and nspname <> 'information_schema' order by 1",
  );
  return rows.map((row) => row.name);
}

/** All objects with their definitions and rights, as text. */
async function objects(connectionString: string = url): Promise<string[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<{ line: string }>(
      `select format('%s %s %s', c.relkind, c.oid::regclass, c.relacl) as line from pg_class c
       where c.relnamespace in (select n.oid from pg_namespace n where n.nspname like 'steward%' or n.nspname like '%queue' or n.nspname = 'graphile_worker')
         and c.relkind in ('r', 'p', 'v', 'i', 'S') and c.relname not like '%toast%'
       union all
       select concat_ws(' ', p.oid::regprocedure, p.proacl, md5(p.prosrc), p.proconfig, p.prosecdef) from pg_proc p
       where p.pronamespace in (select n.oid from pg_namespace n where n.nspname like 'steward%' or n.nspname like '%queue' or n.nspname = 'graphile_worker')
       union all
       select format('schema %s %s', n.nspname, obj_description(n.oid, 'pg_namespace')) from pg_namespace n where n.nspname !~ '^pg_|^information'
       union all
       select format('applied %s %s %s', a.kind, a.name, a.sha256) from steward_private.applied a
       order by 1`,
    );
    return rows.map(({ line }) => line);
  } finally {
    await client.end();
  }
}

function newest({ files }: Part): number {
  return Math.max(...files.map(({ name }) => Number(/^migrations\/(\d+)/.exec(name)?.[1] ?? 0)));
}

function difference(a: readonly string[], b: readonly string[]): string[] {
  return [...a.filter((line) => !b.includes(line)), ...b.filter((line) => !a.includes(line))];
}

async function failed(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "it did not fail",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

test.run();
