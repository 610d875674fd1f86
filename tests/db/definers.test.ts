// No role makes a function that runs with the owner's rights run something of its own: with traps in the temporary schema for all that such
// functions use, each of them is called, and each trigger fired, as everybody who can, and as somebody who was allowed to call them all.
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Cast, castOf } from "../helpers/cast.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { undone, withLogin } from "../helpers/logins.ts";
import { type Kind, setTraps, watchTraps } from "../helpers/shadows.ts";
import { code } from "../helpers/sql-error.ts";

const test = suite("functions with the owner's rights");
const OWNER = "steward_owner";
let database: TestDatabase;
let cast: Cast;
let stepId: string;
let functions: DefinerFunction[];

interface DefinerFunction {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly type: string }[];
}

test.before(async () => {
  database = await createDatabase();
  cast = await castOf(database.pool);
  const { rows: steps } = await database.pool.query<{ id: string }>(
    "select id from steward.steps where run_id = $1 order by id limit 1",
    [cast.ada.runId],
  );
  stepId = String(steps[0]?.id);
  const { rows } = await database.pool.query<DefinerFunction>(
    `select p.oid::regproc::text as name, coalesce((
       select json_agg(json_build_object('name', p.proargnames[a.place], 'type', a.type::regtype) order by a.place)
       from unnest(p.proargtypes::oid[]) with ordinality a (type, place)
     ), '[]') as parameters
     from pg_proc p
     where p.prosecdef and p.prorettype <> 'trigger'::regtype
       and p.pronamespace::regnamespace::text in ('app_public', 'app_private', 'steward', 'steward_private', 'graphile_worker')
     order by 1`,
  );
  functions = rows;
});
test.after(() => database.close());

const EVERYTHING = [
  "grant usage on schema app_public, app_private, steward, steward_private to LOGIN",
  "grant execute on all functions in schema app_public, app_private, steward, steward_private to LOGIN",
];
const TOKENS = { attributes: "noinherit", rights: ["grant steward_user, steward_admin to LOGIN"] };

/** What fires each trigger: by table, statements for somebody who has rights on that table alone. */
const FIRE: Readonly<Record<string, (people: Cast) => readonly string[]>> = {
  "app_public.users": ({ ada, bob }) => [
    "insert into app_public.users (username, role) values ('eve', 'member'), ('mallory', 'admin')",
    `update app_public.users set role = 'admin' where id = '${ada.id}'`,
    `delete from app_public.users where id = '${bob.id}'`,
  ],
  "app_public.projects": ({ ada, bob }) => [
    `insert into app_public.projects (name, tenant_id, created_by) values ('trap', '${ada.tenantId}', '${bob.id}')`,
    `update app_public.projects set tenant_id = '${bob.tenantId}', created_by = '${bob.id}', external_id = 'x', region = 'here' where id = '${ada.projectId}'`,
    `delete from app_public.projects where id = '${bob.projectId}'`,
  ],
  "app_public.project_members": ({ ada, bob }) => [
    `insert into app_public.project_members (project_id, user_id) values ('${ada.projectId}', '${bob.id}')`,
    `update app_public.project_members set role = 'admin' where user_id = '${bob.id}'`,
    `delete from app_public.project_members where user_id = '${bob.id}'`,
  ],
  "app_public.tenant_members": ({ ada, bob }) => [
    `insert into app_public.tenant_members (tenant_id, user_id) values ('${ada.tenantId}', '${bob.id}')`,
    `update app_public.tenant_members set tenant_id = '${bob.tenantId}' where user_id = '${ada.id}'`,
    `delete from app_public.tenant_members where user_id = '${ada.id}'`,
  ],
  "app_public.spaces": ({ bob }) => [`update app_public.spaces set owner_id = null where owner_id = '${bob.id}'`],
  "app_private.user_deletions": () => ["insert into app_private.user_deletions default values"],
  "steward.lifecycle_steps": () => ["update steward.lifecycle_steps set task = 'another'"],
  "steward.purge_targets": () => [
    "update steward.purge_targets set pace = 'fast'",
    "delete from steward.purge_targets",
    "insert into steward.purge_targets (subject_table, table_name, key_column, cutoff_column) values ('app_public.users', 'app_public.labels', 'user_id', 'id')",
  ],
};

test("every table with a trigger is written in this test", async () => {
  const { rows } = await database.pool.query<{ name: string }>(
    `select distinct t.tgrelid::regclass::text as name from pg_trigger t join pg_class c on c.oid = t.tgrelid
     where not t.tgisinternal and c.relnamespace::regnamespace::text in ('app_public', 'app_private', 'steward', 'steward_private', 'graphile_worker')`,
  );
  for (const { name } of rows) assert.ok(FIRE[name], `say what fires the triggers of ${name}`);
});

for (const kind of ["domains", "casts"] as const) {
  test(`${kind}: whoever may call a function with the owner's rights calls nothing else`, () =>
    withLogin(database, { rights: EVERYTHING }, async (client) => {
      assert.equal(await springers(client, kind, functions), []);
    }));

  for (const role of ["steward_user", "steward_admin"] as const) {
    test(`${kind}: nor does the API's login as ${role}`, () =>
      withLogin(database, TOKENS, async (client) => {
        const allowed: DefinerFunction[] = [];
        for (const each of functions) if (await mayCall(role, each)) allowed.push(each);
        assert.ok(allowed.length > 10);
        assert.equal(await springers(client, kind, allowed, { first: `set local role ${role}` }), []);
      }));
  }

  test(`${kind}: nor does whoever fires a trigger`, async () => {
    for (const [table, statementsOf] of Object.entries(FIRE)) {
      await withLogin(database, { rights: rightsOn(table) }, async (client) => {
        assert.is(await sprungBy(client, kind, statementsOf(cast)), 0, table);
      });
    }
  });

  test(`${kind}: nor does somebody who may only insert`, () =>
    withLogin(
      database,
      { rights: ["grant usage on schema app_public to LOGIN", "grant insert on app_public.users to LOGIN"] },
      async (client) => {
        assert.is(await sprungBy(client, kind, ["insert into app_public.users (username) values ('only')"]), 0);
      },
    ));
}

test("the API's login may call none of them before it takes a role", () =>
  withLogin(database, TOKENS, async (client) => {
    for (const each of functions) assert.is(await code(call(client, each)), "42501", each.name);
  }));

// A test that finds nothing whatever it is shown would be no test.
test("with an empty path, which looks in the temporary schema first, they fall into the traps", async () => {
  const { rows } = await database.pool.query<{ name: string }>(
    "select oid::regprocedure::text as name from pg_proc where prosecdef and pronamespace::regnamespace::text in ('app_public', 'app_private', 'steward', 'steward_private')",
  );
  for (const { name } of rows) await database.pool.query(`alter function ${name} set search_path = ''`);
  const caught = await withLogin(database, { rights: EVERYTHING }, (client) =>
    springers(client, "domains", functions, { misled: /^42804/ }),
  );
  assert.ok(caught.length > 30, `${caught.length} of ${functions.length}: ${caught.join(", ")}`);
  for (const [table, statementsOf] of Object.entries(FIRE)) {
    // What fires for spaces names no type, so there is nothing to shadow.
    if (!table.startsWith("app_public.") || table === "app_public.spaces") continue;
    await withLogin(database, { rights: rightsOn(table) }, async (client) => {
      assert.ok((await sprungBy(client, "domains", statementsOf(cast))) > 0, table);
    });
  }
});

const rightsOn = (table: string) => [
  `grant usage on schema ${table.split(".")[0]} to LOGIN`,
  `grant select, insert, update, delete on ${table} to LOGIN`,
];

async function mayCall(role: string, { name }: DefinerFunction): Promise<boolean> {
  const { rows } = await database.pool.query<{ may: boolean }>(
    "select has_function_privilege($1, $2::regproc, 'execute') as may",
    [role, name],
  );
  return rows[0]?.may === true;
}

/** Which of the functions ran what lay in their way. Each is called as it is meant to be, and nothing of it lasts. */
async function springers(
  client: pg.Client,
  kind: Kind,
  called: readonly DefinerFunction[],
  { first = "select", misled = /^$/ }: { first?: string; misled?: RegExp } = {},
): Promise<string[]> {
  await setTraps(client, OWNER, kind);
  const traps = watchTraps(client);
  const names: string[] = [];
  for (const each of called) {
    await undone(client, async () => {
      await client.query(first);
      await client.query("select set_config('jwt.claims.sub', $1, true)", [cast.ada.id]);
      const error = await code(call(client, each));
      // Errors of ours, and of values that do not go together. That a name is not known would mean that the call did not get far.
      if (!misled.test(error ?? "")) assert.not.match(error ?? "", /^42(?!501)/, `${each.name}: ${error}`);
    });
    if (traps.sprung() > 0) names.push(each.name);
  }
  return names;
}

async function sprungBy(client: pg.Client, kind: Kind, statements: readonly string[]): Promise<number> {
  await setTraps(client, OWNER, kind);
  const traps = watchTraps(client);
  for (const statement of statements) {
    await undone(client, async () => {
      const error = await code(client.query(statement));
      await code(client.query("set constraints all immediate"));
      assert.not.match(error ?? "", /^42/, `${statement}: ${error}`);
    });
  }
  return traps.sprung();
}

function call(client: pg.ClientBase, { name, parameters }: DefinerFunction): Promise<unknown> {
  const values = parameters.map((parameter) => argument(name, parameter.name, parameter.type));
  return client.query(`select ${name}(${values.join(", ")})`);
}

/** A value that leads as far into the function as one can go, as an expression that needs nothing that is shadowed. */
function argument(functionName: string, parameter: string, type: string): string {
  const element = type.replace(/\[\]$/, "");
  const value =
    element === "uuid"
      ? idOf(functionName, parameter)
      : element.startsWith("app_")
        ? rowOf(element)
        : simple(parameter, element);
  const qualified = element.includes(".") ? element : `pg_catalog.${ALIASES[element] ?? `"${element}"`}`;
  return type === element ? `${value}::${qualified}` : `array[${value}]::${qualified}[]`;
}

function idOf(functionName: string, parameter: string): string {
  const { ada, bob } = cast;
  if (parameter.startsWith("run") || functionName.endsWith("_run")) return `'${ada.runId}'`;
  if (parameter.startsWith("project") || functionName.endsWith("_project")) return `'${ada.projectId}'`;
  if (parameter.startsWith("tenant")) return `'${ada.tenantId}'`;
  return `'${parameter.startsWith("user") ? ada.id : bob.id}'`;
}

/** Some row of a table, or a value of an enum. */
function rowOf(type: string): string {
  return ENUMS[type] ?? `(select r from ${type} r limit 1)`;
}

function simple(parameter: string, type: string): string {
  return type === "bigint" && parameter.startsWith("step") ? stepId : (SIMPLE[type] ?? TEXTS[parameter] ?? "null");
}

const ALIASES: Readonly<Record<string, string>> = {
  bigint: "int8",
  integer: "int4",
  smallint: "int2",
  boolean: "bool",
  "timestamp with time zone": "timestamptz",
  "double precision": "float8",
};
const SIMPLE: Readonly<Record<string, string>> = {
  bigint: "1",
  integer: "1",
  smallint: "1",
  boolean: "true",
  interval: "'1 minute'",
  "timestamp with time zone": "'2020-01-01'",
  "double precision": "1",
  jsonb: "'{}'",
};
const ENUMS: Readonly<Record<string, string>> = { "app_public.project_role": "'member'" };
const TEXTS: Readonly<Record<string, string>> = {
  kind: "'user_signup'",
  name: "'onboard'",
  lane: "'database'",
  table_name: "'app_public.labels'",
  subject: "'somebody'",
  username: "'name'",
  model: "'model'",
};

test.run();
