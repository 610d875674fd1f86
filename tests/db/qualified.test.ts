// Whatever our functions name without its schema is Postgres' own, and found in pg_catalog: a name that is not could be somebody else's,
// found by search path. Of the queue's functions that ours call the same is true: they have no path of their own and take over ours.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { unqualifiedNames } from "../helpers/sql-names.ts";

const test = suite("qualified names");
let database: TestDatabase;
const known = { types: new Set<string>(), functions: new Set<string>(), relations: new Set<string>() };

test.before(async () => {
  database = await createDatabase();
  const names = (table: string, column: string, schema: string) =>
    database.pool.query<{ name: string }>(
      `select ${column} as name from ${table} where ${schema} = 'pg_catalog'::regnamespace`,
    );
  for (const { name } of (await names("pg_type", "typname", "typnamespace")).rows) known.types.add(name);
  for (const { name } of (await names("pg_class", "relname", "relnamespace")).rows) known.relations.add(name);
  for (const { name } of (await names("pg_proc", "proname", "pronamespace")).rows) known.functions.add(name);
});
test.after(() => database.close());

test("a function names without a schema what is in pg_catalog, or in its own statement, and nothing else", async () => {
  const { rows } = await database.pool.query<{
    name: string;
    language: string;
    definition: string;
    source: string;
    transitions: string[];
  }>(
    `select p.oid::regprocedure::text as name, l.lanname as language, pg_get_functiondef(p.oid) as definition, p.prosrc as source,
       array(
         select unnest(array[t.tgnewtable, t.tgoldtable])::text from pg_trigger t where t.tgfoid = p.oid
       ) as transitions
     from pg_proc p join pg_language l on l.oid = p.prolang
     where p.pronamespace::regnamespace::text in ('app_public', 'app_private', 'steward', 'steward_private', 'graphile_worker') and p.prosqlbody is null
     order by 1`,
  );
  assert.ok(rows.length > 100);
  for (const { name, transitions, ...body } of rows) {
    const { types, functions, relations } = unqualifiedNames(body);
    const strange = [
      ...types.filter((type) => !known.types.has(type)),
      ...functions.filter((called) => !known.functions.has(called)),
      ...relations.filter((relation) => !known.relations.has(relation) && !transitions.includes(relation)),
    ];
    assert.equal(strange, [], name);
  }
});

test("a name is found in every place where one can be", () => {
  const definition = `create function f() returns setof pg_catalog.text language plpgsql as $$
    declare
      a evil_type;
      b steward.settings%rowtype := evil_default();
      c pg_catalog.text;
    begin
      with own as (select 1) select evil_function(x::evil_cast[], 1) into c from own, evil_table x where exists (select from evil_subquery);
      c := evil_assigned(a);
      execute format('delete from %s where evil_dynamic(%I)', c, c);
      for c in execute 'select evil_loop()' loop null; end loop;
      return query execute 'select evil_returned()';
    end $$`;
  const found = unqualifiedNames({ language: "plpgsql", definition, source: "" });
  assert.equal([...found.types].sort(), ["evil_cast", "evil_type", "steward.settings%rowtype"]);
  assert.equal([...found.relations].sort(), ["evil_subquery", "evil_table"]);
  assert.equal([...found.functions].filter((name) => name.startsWith("evil")).sort(), [
    "evil_assigned",
    "evil_default",
    "evil_dynamic",
    "evil_function",
    "evil_loop",
    "evil_returned",
  ]);
});

test.run();
