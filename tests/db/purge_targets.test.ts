// What the registry of purges refuses, the cut-off, and the search for rows that belong to no user.
import type { QueryResult } from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";

const test = suite("purge targets");
let database: TestDatabase;

test.before(async () => {
  database = await createDatabase();
  await database.pool.query(`
    create schema notes;
    create table notes."Odd Name" (nr bigint generated always as identity, "Who" uuid, at timestamptz not null default clock_timestamp());
    create index on notes."Odd Name" ("Who", nr);
    create table notes.bare (id bigint generated always as identity, user_id uuid, name text, plain bigint not null default 0,
      ahead bigserial, at timestamptz not null default now(), maybe timestamptz default clock_timestamp());
    create table notes.split (id bigint generated always as identity, user_id uuid) partition by hash (id);
    alter sequence notes.bare_ahead_seq cache 20;
    create table notes.parent (id bigint generated always as identity, user_id uuid);
    create table notes.child () inherits (notes.parent);
    create view notes.seen as select * from notes.bare`);
});
test.after(() => database.close());

function register(
  table: string,
  keyColumn = "user_id",
  cutoffColumn = "id",
  keyQuery: string | null = null,
): Promise<{ rows: { table_name: string }[] }> {
  return database.pool.query(
    "insert into steward.purge_targets (subject_table, table_name, key_column, cutoff_column, key_query) values ('app_public.users', $1, $2, $3, $4) returning table_name",
    [table, keyColumn, cutoffColumn, keyQuery],
  );
}

async function refusal(...args: Parameters<typeof register>): Promise<string> {
  const error = await register(...args).then(
    () => undefined,
    (error) => error,
  );
  assert.ok(error?.hint, "a refusal has a hint");
  return `${error.code} ${error.message}`;
}

test("a table that does not exist, or is none, is refused", async () => {
  assert.is(
    await refusal("app_public.lables"),
    "ST701 There is no ordinary or partitioned table 'app_public.lables' to purge.",
  );
  assert.match(await refusal("not a name; at all"), /^ST701/);
  assert.match(await refusal("notes.seen"), /^ST701/);
  assert.match(await refusal("notes.parent"), /^ST701/);
});

test("columns that do not exist or do not serve are refused", async () => {
  assert.is(await refusal("notes.bare", "owner"), "ST702 notes.bare has no column 'owner'.");
  assert.match(
    await refusal("notes.bare", "user_id", "id", "select 1 where '$1' = ''"),
    /^ST702 notes.bare cannot be purged by user_id: operator does not exist/,
  );
  assert.match(await refusal("notes.bare", "user_id", "id", "select $1 from nowhere"), /^ST702 .* does not exist/);
  assert.match(
    await refusal("notes.bare", "user_id", "name"),
    /^ST702 notes.bare has no column 'name' that is bigint or timestamptz/,
  );
  assert.match(await refusal("notes.bare", "user_id", "maybe"), /^ST702 .* not null/);
  assert.match(await refusal("notes.bare", "user_id", "plain"), /^ST702 notes.bare.plain has no sequence/);
  assert.match(await refusal("notes.bare", "user_id", "ahead"), /^ST702 .* cache 1/);
  assert.match(
    await refusal("notes.bare", "user_id", "at"),
    /^ST702 notes.bare.at does not default to clock_timestamp/,
  );
});

test("without an index that begins with the key column there is a warning, with the index that would help", async () => {
  await database.pool.query("create index on notes.bare (id, user_id)");
  await database.pool.query("create index on notes.bare (user_id) where name is not null");
  const client = await database.pool.connect();
  const warnings: (string | undefined)[] = [];
  client.on("notice", ({ code, hint }) => warnings.push(code, hint));
  const insert = (table: string) =>
    client.query(
      "insert into steward.purge_targets (subject_table, table_name, key_column) values ('app_public.users', $1, 'user_id')",
      [table],
    );
  await insert("notes.bare");
  await client.query("create index on notes.split (user_id) where user_id is not null");
  await insert("notes.split");
  client.release(true);
  assert.equal(warnings, ["ST703", "If that is too slow: create index concurrently on notes.bare (user_id);"]);
});

test("what serves is registered, spelled as SQL spells it", async () => {
  const { rows } = await register('notes . "Odd Name"', "Who", "nr");
  assert.is(rows[0]?.table_name, 'notes."Odd Name"');
});

test("rows from before the cut-off have a smaller value, those from after it a greater", async () => {
  for (const column of ["nr", "at"]) {
    await database.pool.query("update steward.purge_targets set cutoff_column = $1 where table_name like '%Odd%'", [
      column,
    ]);
    await database.pool.query('truncate notes."Odd Name"');
    await database.pool.query('insert into notes."Odd Name" select');
    const { rows } = await database.pool.query(
      `select steward_private.purge_cutoff('app_public.users', 'notes."Odd Name"') as cutoff`,
    );
    await database.pool.query('insert into notes."Odd Name" select');
    const split = await database.pool.query(
      `select array_agg(${column} <= $1 order by nr) as before from notes."Odd Name"`,
      [rows[0].cutoff],
    );
    assert.equal(split.rows[0].before, [true, false], column);
  }
});

test("before the first row the cut-off is below it", async () => {
  const { rows } = await database.pool.query(
    "select steward_private.purge_cutoff('app_public.users', 'app_public.labels') as cutoff",
  );
  assert.is(rows[0].cutoff, "0");
});

test("a table that is not registered has no cut-off", async () => {
  await database.pool.query("select steward_private.purge_cutoff('app_public.users', 'notes.gone')").then(
    () => assert.unreachable(),
    (error) => assert.is(error.code, "ST704"),
  );
});

test("ids that belong to no user are found, slice by slice, and those being purged are left out", async () => {
  const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
  await database.pool.query(
    `insert into app_public.users (id, username, email)
     select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'user-' || n, n || '@example.org'
     from generate_series(1, 20) n where n % 7 <> 0`,
  );
  await database.pool.query(
    `insert into app_public.labels (user_id, label_key)
     select ('00000000-0000-4000-8000-' || lpad((1 + n % 21)::text, 12, '0'))::uuid, 'key' from generate_series(1, 100) n`,
  );
  await database.pool.query(
    "insert into steward.runs (kind, subject_table, subject_id, status) values ('user_deletion', 'app_public.users', $1, 'running'), ('user_deletion', 'app_public.users', $2, 'failed')",
    [id(14), id(21)],
  );

  const found: string[] = [];
  const places: (string | null)[] = [];
  let after: string | null = null;
  do {
    const { rows }: QueryResult = await database.pool.query(
      "select * from app_private.find_orphans('app_public.labels', $1, 8)",
      [after],
    );
    found.push(...rows[0].user_ids);
    assert.is(rows[0].cutoff, "100");
    after = rows[0].next_after;
    places.push(after);
  } while (after !== null);
  assert.equal(places, [id(8), id(16), null]);
  assert.equal(found, [id(7), id(21)]);
});

test.run();
