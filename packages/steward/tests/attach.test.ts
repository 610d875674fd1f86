// steward.attach on tables of any kind, written by anybody in any way: a run for each row, in the same transaction, and no trace afterwards.
import { randomUUID } from "node:crypto";
import pg from "pg";
import { createTestDatabase, type TestDatabase } from "steward/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ROOT } from "./application.ts";
import { codeOf, runsOf, setUp } from "./attaching.ts";

const test = suite("attach");
let database: TestDatabase;
let db: pg.Pool;

test.before.each(async () => {
  database = await createTestDatabase({ root: ROOT, setUp });
  db = database.pool;
});
test.after.each(() => database.close());

const runs = (table: string) => runsOf(db, table);
const code = (statement: string | Promise<unknown>) => codeOf(db, statement);

/** COPY ... FROM STDIN, as psql and pg_restore send it. */
async function copyIn(table: string, lines: string): Promise<void> {
  interface Copying {
    sendCopyFromChunk(chunk: Buffer): void;
    endCopyFrom(): void;
  }
  const client = await db.connect();
  try {
    await new Promise<void>((resolve, reject) => {
      const query = new pg.Query(`copy ${table} from stdin`, [], (error: Error | undefined) =>
        error ? reject(error) : resolve(),
      );
      const handleCopyInResponse = (connection: Copying) => {
        connection.sendCopyFromChunk(Buffer.from(lines));
        connection.endCopyFrom();
      };
      client.query(Object.assign(query, { handleCopyInResponse }));
    });
  } finally {
    client.release();
  }
}

/** A session of a role that may only do what is granted to it here. */
async function asRole(grants: string, work: (client: pg.Client, role: string) => Promise<void>): Promise<void> {
  const role = `clerk_${randomUUID().slice(0, 8)}`;
  await db.query(`create role ${role} login password 'clerk'`);
  const url = new URL(database.url);
  [url.username, url.password] = [role, "clerk"];
  const client = new pg.Client({ connectionString: url.href });
  try {
    await db.query(grants.replaceAll("ROLE", role));
    await client.connect();
    await work(client, role);
  } finally {
    await client.end();
    await db.query(`revoke all on all tables in schema public from ${role}; drop role ${role}`);
  }
}

const KEYS: readonly (readonly [type: string, value: string, id: string])[] = [
  ["uuid", "'6f1c2f1e-9d3b-4a57-8a51-0d1f4a4d3c11'", "6f1c2f1e-9d3b-4a57-8a51-0d1f4a4d3c11"],
  ["bigint", "9007199254740993", "9007199254740993"],
  ["integer", "-7", "-7"],
  ["text", `'it''s "quoted"'`, `it's "quoted"`],
  ["citext_like", "'x'", "x"],
  ["numeric(20,4)", "1.5", "1.5000"],
  ["timestamptz", "'2026-01-01 00:00+02'", "2025-12-31T22:00:00+00:00"],
];

for (const [type, value, id] of KEYS) {
  test(`a key of type ${type}`, async () => {
    if (type === "citext_like") await db.query("create domain citext_like as text");
    await db.query(`create table things (id ${type} primary key)`);
    await db.query("select steward.attach('things', on_insert => 'made', on_delete => 'gone')");
    await db.query(`set timezone = 'UTC'; insert into things values (${value})`);
    assert.equal(await runs("things"), [`made ${id}`]);
    await db.query("delete from things");
    assert.equal(await runs("things"), [`gone ${id}`, `made ${id}`]);
  });
}

test("a key of several columns is a JSON array; quoted names, another schema, an identity, generated columns", async () => {
  await db.query(`create schema "The Shop"`);
  await db.query(
    `create table "The Shop"."OrderLine" (
       "orderId" bigint, "lineNo" integer, "ownerName" text, twice integer generated always as ("lineNo" * 2) stored,
       primary key ("lineNo", "orderId")
     )`,
  );
  await db.query(
    `select steward.attach('"The Shop"."OrderLine"', on_insert => 'made', owner => 'ownerName', scope => '"orderId" + twice')`,
  );
  await db.query(`insert into "The Shop"."OrderLine" values (12, 3, 'ada')`);
  assert.equal(await runs('"The Shop"."OrderLine"'), ["made [3, 12] of ada"]);
  const { rows } = await db.query("select scope_id from steward.runs");
  assert.is(rows[0].scope_id, "18");
});

test("every way to write: COPY, upserts, MERGE, CTEs, savepoints, functions, a rolled back transaction", async () => {
  await db.query("create table things (id bigint primary key, name text)");
  await db.query("select steward.attach('things', on_insert => 'made', on_update => 'changed', columns => '{name}')");
  await copyIn("things", "1\ta\n2\ta\n3\ta\n");
  await db.query("insert into things values (3, 'b'), (4, 'b') on conflict (id) do update set name = excluded.name");
  assert.equal(await runs("things"), ["changed 3", "made 1", "made 2", "made 3", "made 4"]);
  await db.query("insert into things values (4, 'c') on conflict do nothing");
  await db.query("update things set id = id where id = 1"); // changes nothing of name
  await db.query(
    "with new as (insert into things values (5, 'a') returning id) insert into things select id + 1, 'a' from new",
  );
  await db.query(
    "merge into things t using (values (6, 'z'), (7, 'z')) as s (id, name) on t.id = s.id when matched then update set name = s.name when not matched then insert values (s.id, s.name)",
  );
  const client = await db.connect();
  try {
    await client.query(
      "begin; insert into things values (8, 'a'); savepoint s; insert into things values (9, 'a'); rollback to s; insert into things values (10, 'a'); commit",
    );
    await client.query("begin; insert into things values (11, 'a'); rollback");
  } finally {
    client.release();
  }
  assert.equal(await runs("things"), [
    "changed 3",
    "changed 6",
    "made 1",
    "made 10",
    "made 2",
    "made 3",
    "made 4",
    "made 5",
    "made 6",
    "made 7",
    "made 8",
  ]);
});

test("100,000 rows are one piece of work, and each has its run, step and place in the backlog", async () => {
  await db.query("create table things (id bigint primary key)");
  await db.query("select steward.attach('things', on_insert => 'made')");
  await db.query("insert into things select generate_series(1, 100000)");
  const { rows } = await db.query(
    "select (select count(*) from steward.runs)::int as runs, (select count(*) from steward.steps where is_backlog)::int as steps",
  );
  assert.equal(rows, [{ runs: 100_000, steps: 100_000 }]);
});

test("a partitioned table, written through it or through a partition; a partition that comes later", async () => {
  await db.query("create table things (id bigint, at date, primary key (id, at)) partition by range (at)");
  await db.query("create table things_1 partition of things for values from ('2026-01-01') to ('2027-01-01')");
  await db.query("select steward.attach('things', on_insert => 'made', on_delete => 'gone')");
  await db.query("insert into things values (1, '2026-02-01')");
  await db.query("insert into things_1 values (2, '2026-02-01')");
  await db.query("create table things_2 partition of things for values from ('2027-01-01') to ('2028-01-01')");
  await db.query("insert into things values (3, '2027-02-01')");
  await db.query("delete from things where id < 3");
  assert.equal(await runs("things"), [
    'gone [1, "2026-02-01"]',
    'gone [2, "2026-02-01"]',
    'made [1, "2026-02-01"]',
    'made [2, "2026-02-01"]',
    'made [3, "2027-02-01"]',
  ]);
});

test("a role that may only insert, with a hostile search path and shadows in pg_temp", async () => {
  await db.query("create table things (id bigint primary key, name text)");
  await db.query(
    "select steward.attach('things', on_insert => 'made', owner => 'name', input => 'jsonb_build_object(''n'', upper(name))')",
  );
  await asRole("grant insert on things to ROLE", async (client) => {
    await client.query("set search_path = pg_temp");
    await client.query("create temp table runs (id int); create temp table steps (id int)");
    await client.query("create function pg_temp.upper(text) returns text language sql as 'select ''stolen'''");
    await client.query("insert into public.things values (1, 'ada')");
    assert.is(await code(client.query("select * from steward.runs")), "42501");
  });
  const { rows } = await db.query("select owner_id, input from steward.runs");
  assert.equal(rows, [{ owner_id: "ada", input: { n: "ADA" } }]);
});

for (const level of ["read committed", "repeatable read", "serializable"]) {
  test(`under ${level}, also when two sign up at once`, async () => {
    await db.query("create table things (id bigint generated always as identity primary key)");
    await db.query("select steward.attach('things', on_insert => 'made')");
    const insert = async () => {
      for (;;) {
        const client = await db.connect();
        try {
          await client.query(`begin isolation level ${level}`);
          await client.query("insert into things default values");
          await client.query("commit");
          return;
        } catch (error) {
          await client.query("rollback");
          assert.is((error as { code: string }).code, "40001"); // told to try again, as this level does
        } finally {
          client.release();
        }
      }
    };
    await Promise.all(Array.from({ length: 6 }, insert));
    assert.is((await runs("things")).length, 6);
  });
}

test("when, and values of before an update", async () => {
  await db.query("create table things (id bigint primary key, state text, who text)");
  await db.query(
    `select steward.attach('things', on_update => 'changed', columns => '{state}', owner => 'who', input => 'jsonb_build_object(''was'', (old).state)', "when" => 'state = ''paid''')`,
  );
  await db.query("insert into things values (1, 'new', 'ada'), (2, 'new', 'bob')");
  await db.query("update things set state = 'paid' where id = 1");
  await db.query("update things set state = 'void' where id = 2");
  assert.equal(await runs("things"), ["changed 1 of ada"]);
  assert.equal((await db.query("select input from steward.runs")).rows, [{ input: { was: "new" } }]);
});

test("on_update without columns follows a change of any column, and no update that changes nothing", async () => {
  await db.query("create table things (id bigint primary key, state text, seen json)");
  await db.query("select steward.attach('things', on_update => 'changed')");
  await db.query("insert into things values (1, 'new', '{}'), (2, 'new', '{}'), (3, null, '{}')");
  await db.query("update things set state = 'new', seen = '{}' where id < 3");
  assert.equal(await runs("things"), []);
  await db.query("update things set seen = '[]' where id = 2; update things set state = 'new' where id = 3");
  assert.equal(await runs("things"), ["changed 2", "changed 3"]);
});

test("on_error: abort undoes the write; log lets it stand, and a worker starts the run later", async () => {
  await db.query("create table strict (id bigint primary key); create table lax (id bigint primary key)");
  await db.query("select steward.attach('strict', on_insert => 'made')");
  await db.query("select steward.attach('lax', on_insert => 'changed', on_error => 'log')");
  await db.query("alter table steward.steps rename to steps_away");
  assert.is(await code("insert into strict values (1)"), "42P01");
  await db.query("insert into lax values (1), (2)");
  await db.query("alter table steward.steps_away rename to steps");
  const { rows } = await db.query("select kind, subject_ids, error_code, tries from steward.missed_starts");
  assert.equal(rows, [{ kind: "changed", subject_ids: ["1", "2"], error_code: "42P01", tries: 0 }]);
  await db.query(
    "update steward.missed_starts set missed_at = now() - interval '1 hour', tried_at = now() - interval '1 hour'",
  );
  assert.is((await db.query("select * from steward.violations")).rows.length, 1);
  await db.query("select steward_private.mend_starts()");
  assert.equal(await runs("lax"), ["changed 1", "changed 2"]);
  assert.equal((await db.query("select * from steward.missed_starts")).rows, []);
  assert.equal((await db.query("select * from steward.violations")).rows, []);
});

test("log: an expression that fails loses no write, and is told until somebody puts it right", async () => {
  await db.query("create table lax (id bigint primary key, n integer)");
  await db.query("select steward.attach('lax', on_insert => 'made', owner => '10 / n', on_error => 'log')");
  await db.query("insert into lax values (1, 0)");
  assert.equal(await runs("lax"), []);
  await db.query(
    "update steward.missed_starts set missed_at = now() - interval '1 hour', tried_at = now() - interval '1 hour'",
  );
  await db.query("select steward_private.mend_starts()");
  const { rows } = await db.query("select subject_ids, error_code, tries from steward.missed_starts");
  assert.equal(rows, [{ subject_ids: [], error_code: "22012", tries: 0 }]);
  assert.is((await db.query("select * from steward.violations")).rows.length, 1);
});

test("what cannot be attached is refused, with a code and a sentence", async () => {
  await db.query(
    "create table keyless (id int); create view seen as select 1 as id; create temp table brief (id int primary key)",
  );
  await db.query("create table things (id int primary key)");
  await db.query("create table elders (id int primary key); create table heirs (primary key (id)) inherits (elders)");
  await db.query(
    "create table whole (id int primary key) partition by range (id); create table part partition of whole default",
  );
  for (const call of [
    "attach('keyless', on_insert => 'made')",
    "attach('seen', on_insert => 'made')",
    "attach('things')",
    "attach('things', on_insert => 'unheard_of')",
    "attach('things', on_insert => 'made', columns => '{id}')",
    "attach('things', on_update => 'made', columns => '{nope}')",
    "attach('things', on_update => 'made', columns => '{}')",
    "attach('steward.runs', on_insert => 'made')",
    "attach('pg_class', on_insert => 'made')",
    "attach('graphile_worker._private_jobs', on_insert => 'made')",
    "attach('elders', on_insert => 'made')",
    "attach('heirs', on_insert => 'made')",
    "attach('part', on_insert => 'made')",
    "attach('things', on_insert => 'made', on_error => 'maybe')",
    "attach('things', on_insert => 'made', owner => 'no_such_column')",
    "attach('things', on_insert => 'made', input => 'id')",
    "attach('things', on_insert => 'made', \"when\" => '(old).id = 1')",
  ])
    assert.is(await code(`select steward.${call}`), "ST424", call);
  assert.equal((await db.query("select * from steward.attachments where table_name like '%things'")).rows, []);
});

test("attached again it follows the new attachment; detached it leaves nothing", async () => {
  await db.query("create table things (id int primary key)");
  const traces = async () => {
    const { rows } = await db.query(
      "select (select count(*) from pg_trigger where tgname like '\\_900\\_steward%' and tgrelid = 'things'::regclass)::int as triggers, (select count(*) from pg_proc where proname like 'tg\\_things%')::int as functions",
    );
    return [rows[0].triggers, rows[0].functions];
  };
  await db.query("select steward.attach('things', on_insert => 'made', on_delete => 'gone')");
  assert.equal(await traces(), [3, 3]); // TRUNCATE deletes too
  await db.query("select steward.attach('things', on_insert => 'changed')");
  assert.equal(await traces(), [1, 1]);
  await db.query("insert into things values (1)");
  const { rows } = await db.query("select steward.detach('things') as said");
  assert.match(rows[0].said, /1 runs that it started are still open/);
  assert.equal(await traces(), [0, 0]);
  await db.query("insert into things values (2)");
  assert.equal(await runs("things"), ["changed 1"]);
});

test("a TRUNCATE of a table whose deletes start runs starts them too", async () => {
  await db.query("create table things (id int primary key)");
  await db.query("select steward.attach('things', on_delete => 'gone')");
  await db.query("insert into things values (1), (2)");
  await db.query("truncate things");
  assert.equal(await runs("things"), ["gone 1", "gone 2"]);
});

test("a TRUNCATE that could take along rows it cannot see is refused", async () => {
  await db.query("create table things (id int primary key)");
  for (const on_error of ["abort", "log"]) {
    await db.query("select steward.attach('things', on_delete => 'gone', on_error => $1)", [on_error]);
    for (const level of ["repeatable read", "serializable"])
      assert.is(await code(db.query(`begin isolation level ${level}; truncate things`)), "ST425");
  }
  await db.query("rollback");
});

test("attaching takes the right to make triggers on the table", async () => {
  await db.query("create table things (id int primary key)");
  await asRole("grant all on things to ROLE", async (client) => {
    assert.is(await code(client.query("select steward.attach('public.things', on_insert => 'made')")), "42501");
  });
});

test("a table of another owner, who gave the right to make triggers but not to take them off, is refused", async () => {
  await asRole("grant create on schema public to ROLE", async (client, role) => {
    await client.query("create table public.theirs (id int primary key); grant all on public.theirs to public");
    try {
      await db.query("select steward.attach('theirs', on_insert => 'made')");
      assert.unreachable();
    } catch (error) {
      const { code: sqlState, message, hint } = error as { code: string; message: string; hint: string };
      assert.is(sqlState, "ST424");
      assert.match(message, /^public.theirs belongs to clerk_/);
      assert.match(hint, /^grant clerk_\w+ to \w+;/);
    } finally {
      await client.query("drop table public.theirs");
      await db.query(`revoke create on schema public from ${role}`);
    }
  });
});

test("a table that another owner took over since is detached when its owner lets the engine's", async () => {
  await db.query(
    "create table handed_over (id int primary key); select steward.attach('handed_over', on_insert => 'made')",
  );
  await asRole("grant create on schema public to ROLE", async (client, role) => {
    try {
      await db.query(
        `grant ${role} to current_user; alter table handed_over owner to ${role}; revoke ${role} from current_user`,
      );
      for (const call of ["detach('handed_over')", "attach('handed_over', on_delete => 'gone')"])
        assert.is(await code(`select steward.${call}`), "ST424", call);
      await db.query(`grant ${role} to current_user; select steward.detach('handed_over')`);
      await client.query("drop table public.handed_over");
    } finally {
      await db.query(`revoke create on schema public from ${role}; revoke ${role} from current_user`);
    }
  });
});

test("a partition that is truncated by its own name takes along no other's rows", async () => {
  await db.query("create table things (id bigint primary key) partition by range (id)");
  await db.query("create table things_1 partition of things for values from (0) to (10)");
  await db.query("create table things_2 partition of things for values from (10) to (20)");
  await db.query("select steward.attach('things', on_delete => 'gone')");
  await db.query("insert into things values (1), (11)");
  await db.query("truncate things_1");
  assert.equal(await runs("things"), ["gone 1"]);
  await db.query("truncate things");
  assert.equal(await runs("things"), ["gone 1", "gone 11"]);
});

test("a trigger of an attached table that is off or gone is a violation", async () => {
  await db.query("create table things (id bigint primary key)");
  await db.query("select steward.attach('things', on_insert => 'made', on_delete => 'gone')");
  const found = async () => (await db.query("select violation, kind from steward.violations order by 1")).rows;
  assert.equal(await found(), []);
  await db.query("alter table things disable trigger _900_steward_insert");
  await db.query("drop trigger _900_steward_truncate on things");
  assert.equal(await found(), [
    { violation: "P1: insert of public.things is not followed, for its trigger is missing or off", kind: "made" },
    { violation: "P1: truncate of public.things is not followed, for its trigger is missing or off", kind: "gone" },
  ]);
  await db.query("select steward.detach('things')");
  assert.equal(await found(), []);
});

test.run();
