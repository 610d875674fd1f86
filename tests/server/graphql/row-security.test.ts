// Who may do what to which table: every role, table and operation, read from the catalogue, so that a new table without a rule fails here.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Cast, castOf, STRANGER } from "../../helpers/cast.ts";
import { asUser, createDatabase, type TestDatabase } from "../../helpers/database.ts";

const test = suite("row security");
let database: TestDatabase;
let cast: Cast;
let tables: string[];

test.before(async () => {
  database = await createDatabase();
  cast = await castOf(database.pool);
  const { rows } = await database.pool.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = 'app_public'::regnamespace and relkind in ('r', 'p', 'v') order by 1",
  );
  tables = rows.map(({ name }) => name);
});
test.after(() => database.close());

/** Rows for administrators alone: users read the table, and find it empty. */
const HIDDEN = ["differences"];
/** Rows that say something about everybody alike. */
const SHARED = ["features", "user_type_features", "user_types"];

async function count(table: string, sub: string, role: "user" | "admin"): Promise<number> {
  return asUser(database.apiPool, sub, role, async (client) => {
    const { rows } = await client.query<{ count: string }>(`select count(*) from app_public.${table}`);
    return Number(rows[0]?.count);
  });
}

async function countAll(table: string): Promise<number> {
  const { rows } = await database.pool.query<{ count: string }>(`select count(*) from app_public.${table}`);
  return Number(rows[0]?.count);
}

test("each table has rows of both users, or the matrix would show nothing", async () => {
  for (const table of tables) assert.ok((await countAll(table)) > 0, `${table} is empty`);
});

test("an administrator reads every row of every table", async () => {
  for (const table of tables) assert.is(await count(table, STRANGER, "admin"), await countAll(table), table);
});

test("a user reads some rows of every table, and not all of what is anybody's", async () => {
  for (const table of tables) {
    const [all, mine] = [await countAll(table), await count(table, cast.ada.id, "user")];
    if (HIDDEN.includes(table)) assert.is(mine, 0, table);
    else assert.ok(mine > 0, `${table}: ${cast.ada.id} sees nothing`);
    if (!SHARED.includes(table)) assert.ok(mine < all, `${table}: a user sees all ${all} rows`);
  }
});

test("what two users without anything in common see does not overlap", async () => {
  for (const table of tables.filter((name) => !SHARED.includes(name))) {
    const read = (sub: string) =>
      asUser(database.apiPool, sub, "user", async (client) => {
        const { rows } = await client.query<{ row: string }>(`select t::text as row from app_public.${table} t`);
        return new Set(rows.map(({ row }) => row));
      });
    const [ada, bob] = [await read(cast.ada.id), await read(cast.bob.id)];
    assert.equal(
      [...ada].filter((row) => bob.has(row)),
      [],
      table,
    );
  }
});

test("a stranger, and a token that names nobody, see no row of anybody's", async () => {
  for (const table of tables.filter((name) => !SHARED.includes(name))) {
    assert.is(await count(table, STRANGER, "user"), 0, table);
    assert.is(await count(table, "", "user"), 0, table);
  }
});

const WRITES: readonly [string, (table: string) => string][] = [
  ["insert", (table) => `insert into app_public.${table} default values`],
  ["update", (table) => `update app_public.${table} set ctid = ctid`],
  ["delete", (table) => `delete from app_public.${table}`],
  ["truncate", (table) => `truncate app_public.${table}`],
];
for (const role of ["user", "admin"] as const) {
  for (const [operation, statement] of WRITES) {
    test(`${role}s cannot ${operation} in any table`, async () => {
      for (const table of tables) {
        const { rows } = await database.pool.query<{ may: boolean }>("select has_table_privilege($1, $2, $3) as may", [
          `steward_${role}`,
          `app_public.${table}`,
          operation,
        ]);
        assert.is(rows[0]?.may, false, table);
        const attempt = asUser(database.apiPool, cast.ada.id, role, (client) => client.query(statement(table)));
        await attempt.then(
          () => assert.unreachable(`${table}: ${operation} went through`),
          (error: { code?: string }) =>
            assert.ok(["42501", "42601", "0A000"].includes(error.code ?? ""), `${table}: ${error.code}`),
        );
      }
    });
  }
}

test("the login itself, which has taken no role, reads and calls nothing", async () => {
  for (const table of tables) {
    const attempt = database.apiPool.query(`select from app_public.${table}`);
    await attempt.then(
      () => assert.unreachable(table),
      (error: { code?: string }) => assert.is(error.code, "42501", table),
    );
  }
});

test("no role reaches what is private", async () => {
  for (const role of ["user", "admin"] as const) {
    for (const schema of ["app_private", "graphile_worker", "app_migrations"]) {
      const { rows } = await database.pool.query<{ may: boolean }>(
        "select has_schema_privilege($1, $2, 'usage') as may",
        [`steward_${role}`, schema],
      );
      assert.is(rows[0]?.may, false, `${role} ${schema}`);
    }
  }
});

test("of the engine's machinery a role reaches the counters of runs that it sees, and nothing else", async () => {
  for (const role of ["user", "admin"] as const) {
    const { rows } = await database.pool.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c
       where c.relnamespace = 'steward_private'::regnamespace and c.relkind in ('r', 'p', 'v', 'S') and case c.relkind
         when 'S' then has_sequence_privilege($1, c.oid, 'usage, select, update')
         else has_table_privilege($1, c.oid, 'select, insert, update, delete, truncate, references, trigger') end
       union all
       select p.oid::regprocedure::text from pg_proc p
       where p.pronamespace = 'steward_private'::regnamespace and has_function_privilege($1, p.oid, 'execute')`,
      [`steward_${role}`],
    );
    assert.equal(rows, [{ name: "steward_private.batch_progress" }]);
  }
});

test("what a policy compares with is found once per statement, not once per row", async () => {
  const { rows } = await database.pool.query<{ policy: string }>(
    `select tablename || '.' || policyname as policy from pg_policies
     where schemaname = 'app_public' and qual ~ 'current_user_id|visible_project_ids|current_setting'
       and qual !~ 'SELECT[^;]*(current_user_id|visible_project_ids)'`,
  );
  assert.equal(rows, []);
});

test.run();
