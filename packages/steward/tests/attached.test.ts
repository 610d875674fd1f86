// Attached tables that change afterwards: renamed, moved, dropped, made again, with other columns or partitions.
import type pg from "pg";
import { migrate } from "steward/migrate";
import { createTestDatabase, type TestDatabase } from "steward/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ROOT } from "./application.ts";
import { codeOf, functionsLeft, runsOf, setUp } from "./attaching.ts";

const test = suite("attached tables that change");
let database: TestDatabase;
let db: pg.Pool;

test.before.each(async () => {
  database = await createTestDatabase({ root: ROOT, setUp });
  db = database.pool;
});
test.after.each(() => database.close());

const runs = (table: string) => runsOf(db, table);
const code = (statement: string | Promise<unknown>) => codeOf(db, statement);

test("a table that is renamed and moved stays attached; migrate takes up its name, for open runs too; it can be detached", async () => {
  await db.query("create table things (id int primary key); create schema elsewhere");
  await db.query("select steward.attach('things', on_insert => 'made')");
  await db.query("insert into things values (1)");
  await db.query("alter table things rename to goods; alter table goods set schema elsewhere");
  await db.query("insert into elsewhere.goods values (2)");
  assert.equal(await runs("things"), ["made 1", "made 2"]);
  assert.is((await db.query("select steward_private.subject_exists('public.things', '1') as is")).rows[0].is, true);
  await migrate({ connectionString: database.url });
  assert.equal(await runs("elsewhere.goods"), ["made 1", "made 2"]);
  await db.query("insert into elsewhere.goods values (3)");
  assert.equal(await runs("elsewhere.goods"), ["made 1", "made 2", "made 3"]);
  await db.query("alter table elsewhere.goods rename to wares; create table elsewhere.goods (id int primary key)");
  await db.query("select steward.attach('elsewhere.goods', on_insert => 'made')");
  const { rows } = await db.query(
    "select table_name from steward.attachments where table_name ~ '^elsewhere' order by 1",
  );
  assert.equal(rows, [{ table_name: "elsewhere.goods" }, { table_name: "elsewhere.wares" }]);
  await db.query("select steward.detach('elsewhere.wares'), steward.detach('elsewhere.goods')");
  await db.query("insert into elsewhere.wares values (4)");
  assert.equal((await db.query("select * from steward.attachments where table_name ~ '^elsewhere'")).rows, []);
  assert.equal(await functionsLeft(db), []);
});

test("a table that is dropped is named until somebody detaches it, by its former name or its number", async () => {
  for (const name of ["things", "goods"]) {
    await db.query(`create table ${name} (id int primary key)`);
    await db.query(`select steward.attach('${name}', on_insert => 'made')`);
  }
  const { rows } = await db.query("select 'goods'::regclass::oid::int as id");
  await db.query("drop table things, goods");
  const found = await db.query("select violation from steward.violations order by 1");
  assert.match(found.rows.map(({ violation }) => violation).join(), /public.goods \(\d+\) is gone.*public.things/);
  assert.is(await code("select steward.drop_lifecycle('made')"), "ST421");
  await db.query("select steward.detach(former_name => 'public.things')");
  await db.query(`select steward.detach(${rows[0].id})`);
  assert.is(await code("select steward.detach(former_name => 'public.things')"), "ST424");
  await db.query("select steward.drop_lifecycle('made')");
  assert.equal((await db.query("select * from steward.violations")).rows, []);
  assert.equal(await functionsLeft(db), []);
});

test("a table that is dropped and made again is attached anew", async () => {
  for (const time of [1, 2]) {
    await db.query("drop table if exists things; create table things (id int primary key)");
    await db.query("select steward.attach('things', on_insert => 'made')");
    await db.query(`insert into things values (${time})`);
  }
  assert.equal(await runs("things"), ["made 1", "made 2"]);
  assert.is((await db.query("select * from steward.attachments where table_name ~ 'things'")).rows.length, 1);
  await db.query("drop table things; select steward.detach(former_name => 'public.things')");
});

test("a key column that is renamed is told, and migrate takes it up", async () => {
  await db.query("create table things (id int primary key)");
  await db.query("select steward.attach('things', on_insert => 'made')");
  await db.query("alter table things rename column id to number");
  assert.is(await code("insert into things values (1)"), "42703");
  const { rows } = await db.query("select violation from steward.violations");
  assert.equal(rows, [
    { violation: "P1: the primary key of public.things is not (id) any more, as when it was attached" },
  ]);
  await migrate({ connectionString: database.url });
  await db.query("insert into things values (1)");
  assert.equal(await runs("things"), ["made 1"]);
});

test("migrate gives a partition that came later triggers of its own", async () => {
  await db.query("create table things (id bigint primary key) partition by range (id)");
  await db.query("select steward.attach('things', on_insert => 'made')");
  await db.query("create table things_1 partition of things for values from (0) to (10)");
  await migrate({ connectionString: database.url });
  await db.query("insert into things_1 values (1)");
  assert.equal(await runs("things"), ["made 1"]);
});

test("an update that changes the key counts as a change, whatever columns say", async () => {
  await db.query("create table things (id int primary key, name text)");
  await db.query(
    "select steward.attach('things', on_update => 'changed', columns => '{name}', input => 'to_jsonb((old).id)')",
  );
  await db.query("insert into things values (1, 'a'), (2, 'b'), (3, 'c')");
  await db.query("update things set id = id + 10 where id < 3");
  assert.equal(await runs("things"), ["changed 11", "changed 12"]);
  await db.query("update things set name = 'z' where id = 3");
  assert.equal(await runs("things"), ["changed 11", "changed 12", "changed 3"]);
});

test("a column beside the key that is renamed changes nothing", async () => {
  await db.query("create table things (id int primary key, name text)");
  await db.query("select steward.attach('things', on_insert => 'made')");
  await db.query("alter table things rename column name to label");
  await db.query("insert into things values (1, 'a')");
  assert.equal(await runs("things"), ["made 1"]);
});

test.run();
