// What every object of our schemas must be like, read from the catalogue of a migrated database. Each rule is a query that returns who breaks it.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";

const test = suite("conventions of the database");
const rules = new Map<string, string>();
let database: TestDatabase;

test.before(async () => {
  database = await createDatabase();
});
test.after(() => database.close());

const OURS = "('app_public', 'app_private', 'steward', 'steward_private')";

/** Our functions as p, without those that belong to an extension. */
const FUNCTIONS = `pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname in ${OURS} and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`;

/** Our tables (r, p), views (v, m) and composite types (c) as c. */
const relations = (kinds: string) => `pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ${OURS} and c.relkind in (${kinds})`;

rule(
  "every function pins search_path to pg_catalog, pg_temp: pg_temp not named is searched first, for types and tables (a body of parsed SQL needs none)",
  `select p.oid::regprocedure from ${FUNCTIONS} and p.prosqlbody is null and not coalesce('search_path=pg_catalog, pg_temp' = any (p.proconfig), false)`,
);

rule(
  "no function that claims to be stable or immutable writes",
  `select p.oid::regprocedure from ${FUNCTIONS} and p.provolatile <> 'v'
     and p.prosrc ~* '\\m(insert\\s+into|delete\\s+from|truncate\\s+\\w+)\\M|\\mupdate\\s+(app_|steward|graphile_)|\\mfor\\s+(no\\s+key\\s+)?update\\M|set_config'`,
);

rule(
  "every function that reads runs or steps does so by an index, whatever the statistics say (docs/decisions/one-plan.md)",
  `select p.oid::regprocedure from ${FUNCTIONS} and p.prosrc ~ '\\m(from|join|update|into)\\s+steward\\.(runs|steps)\\M'
     and p.proname not in ('adopt', 'detach', 'define_lifecycle', 'drop_lifecycle', 'replace_steps', 'apply_reader') -- called by people, now and then
     and not coalesce('enable_seqscan=off' = any (p.proconfig), false)`,
);

rule(
  "every function that switches ways of the planner off does so with compilation: until Postgres 17 they cost enough to set it off",
  `select p.oid::regprocedure from ${FUNCTIONS} and p.proconfig::text ~ 'enable_\\w+=off' and not 'jit=off' = any (p.proconfig)`,
);

rule(
  "every schema has a comment",
  `select nspname from pg_namespace where nspname in ${OURS} and obj_description(oid, 'pg_namespace') is null`,
);
rule(
  "every table and view has a comment",
  `select c.oid::regclass from ${relations("'r', 'p', 'v', 'm'")} and obj_description(c.oid, 'pg_class') is null`,
);
rule(
  "every column has a comment",
  `select c.oid::regclass || '.' || a.attname
   from pg_attribute a join ${relations("'r', 'p', 'v', 'm', 'c'").replace(" where ", " on a.attrelid = c.oid where ")}
     and a.attnum > 0 and not a.attisdropped and col_description(c.oid, a.attnum) is null`,
);
rule(
  "every function has a comment",
  `select p.oid::regprocedure from ${FUNCTIONS} and obj_description(p.oid, 'pg_proc') is null`,
);
rule(
  "every type has a comment",
  `select t.oid::regtype from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
   where n.nspname in ${OURS} and (t.typtype in ('e', 'd', 'r') or c.relkind = 'c') and obj_description(t.oid, 'pg_type') is null`,
);

rule(
  "every foreign key has an index that begins with its columns",
  `select k.conrelid::regclass || '.' || k.conname from pg_constraint k join pg_namespace n on n.oid = k.connamespace
   where n.nspname in ${OURS} and k.contype = 'f' and not exists (
     select from pg_index i where i.indrelid = k.conrelid and i.indisvalid
       and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$')
       and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)`,
);

rule(
  "every table of app_public has row security",
  `select c.oid::regclass from ${relations("'r', 'p'")} and n.nspname = 'app_public' and not c.relrowsecurity`,
);
rule(
  "every table of app_public has the policy by which its grants alone decide",
  `select c.oid::regclass from ${relations("'r', 'p'")} and n.nspname = 'app_public' and not exists (
     select from pg_policy where polrelid = c.oid and polname = c.relname || '_granted' and polpermissive and polcmd = '*'
       and polroles = '{0}' and polwithcheck is null and pg_get_expr(polqual, polrelid) = 'true')`,
);
rule(
  "what a user's token may read of any table is narrowed to what is theirs, unless it is about everybody alike",
  `select c.oid::regclass from ${relations("'r', 'p'")} and n.nspname = 'app_public' and c.relname not in ('user_types', 'features', 'user_type_features')
     and not exists (select from pg_policy where polrelid = c.oid and not polpermissive and polcmd = '*' and polroles = array['steward_user'::regrole::oid])`,
);
rule(
  "policies narrow nobody but tokens: for everybody else a grant is what it says",
  `select format('%s on %s', p.polname, p.polrelid::regclass)
   from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
   where n.nspname in ${OURS} and case when p.polpermissive then p.polroles <> '{0}' else not p.polroles <@ array['steward_user'::regrole::oid, 'steward_admin'::regrole::oid] end`,
);
rule(
  "one permissive policy per table, role and action: several are ORed, and each is evaluated for each row",
  `select format('%s %s %s', p.polrelid::regclass, action, role::regrole)
   from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
   cross join unnest(case when polcmd = '*' then '{r,a,w,d}' else array[polcmd] end) action
   cross join unnest(case when polroles = '{0}' then array['steward_user'::regrole::oid, 'steward_admin'::regrole::oid] else polroles end) role
   where n.nspname in ${OURS} and p.polpermissive group by p.polrelid, action, role having count(*) > 1`,
);
rule(
  "views of app_public see what their reader may see",
  `select c.oid::regclass from ${relations("'v'")} and n.nspname = 'app_public'
     and not coalesce(c.reloptions::text[] && '{security_invoker=true,security_invoker=on,security_invoker=1}', false)`,
);
rule(
  "app_public has no materialized view: those know no row security",
  `select c.oid::regclass from ${relations("'m'")} and n.nspname = 'app_public'`,
);

/** Every grant on what is ours: object, privilege, grantee (0: public), and whether grantee is the owner. */
const GRANTS = `(
  select 'schema ' || nspname as object, nspname::text as schema, a.* from pg_namespace, aclexplode(nspacl) a where nspname in ${OURS}
  union all select c.oid::regclass::text, n.nspname, a.* from ${relations("'r', 'p', 'v', 'm', 'S'").replace(" where ", ", aclexplode(c.relacl) a where ")}
  union all select c.oid::regclass || '.' || t.attname, n.nspname, a.* from pg_attribute t, ${relations("'r', 'p', 'v', 'm'").replace(" where ", ", aclexplode(t.attacl) a where t.attrelid = c.oid and ")}
  union all select p.oid::regprocedure::text, n.nspname, a.* from ${FUNCTIONS.replace(" where ", ", aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where ")}
) granted`;
rule("nothing is granted to public", `select object || ' ' || privilege_type from ${GRANTS} where grantee = 0`);
rule(
  "only the two roles of a token and that of applications are granted anything",
  `select object || ' to ' || grantee::regrole from ${GRANTS}
   where grantee not in (0, (select datdba from pg_database where datname = current_database()), 'steward_user'::regrole, 'steward_admin'::regrole, 'steward_application'::regrole)`,
);
rule(
  "no token's role writes to a table: functions do",
  `select object || ' ' || privilege_type || ' to ' || grantee::regrole from ${GRANTS}
   where grantee in ('steward_user'::regrole, 'steward_admin'::regrole) and privilege_type in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES')`,
);
rule(
  "applications write rows of the application and nothing else: not of the engine, no schema, no trigger",
  `select object || ' ' || privilege_type from ${GRANTS}
   where grantee = 'steward_application'::regrole and schema in ('app_public', 'app_private') and privilege_type not in ('SELECT', 'USAGE') and not (
     privilege_type in ('INSERT', 'UPDATE', 'DELETE')
     and object in ('app_public.users', 'app_public.tenants', 'app_public.tenant_members', 'app_public.projects', 'app_public.project_members', 'app_public.labels'))`,
);
rule(
  "no token's role may call a security definer function outside app_public, nor one of graphile-worker",
  `select p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace
   where (n.nspname in ('app_private', 'steward_private') and p.prosecdef or n.nspname = 'graphile_worker')
     and has_schema_privilege('steward_user', n.oid, 'usage') and has_function_privilege('steward_user', p.oid, 'execute')`,
);
rule(
  "no trigger function can be called by a token's role",
  `select p.oid::regprocedure from ${FUNCTIONS} and p.prorettype = 'trigger'::regtype and has_function_privilege('steward_user', p.oid, 'execute')`,
);
rule(
  "trigger functions are named <schema>_private.tg_<table>__<action>, triggers _<number>_<action>",
  `select t.tgrelid::regclass || '.' || t.tgname || ' ' || p.oid::regprocedure
   from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
   where n.nspname in ${OURS} and not t.tgisinternal
     and (t.tgname !~ '^_[1-9]00_[a-z0-9_]+$' or p.oid::regprocedure::text !~ '^(app|steward)_private\\.tg_[a-z0-9_]+__[a-z0-9_]+\\(\\)$')`,
);
rule(
  "every trigger function is used",
  `select p.oid::regprocedure from ${FUNCTIONS} and p.prorettype = 'trigger'::regtype and not exists (select from pg_trigger where tgfoid = p.oid)`,
);
rule(
  "nothing of ours lies in the schema public",
  "select oid::regclass from pg_class where relnamespace = to_regnamespace('public') and relkind in ('r', 'p', 'v')",
);

// A rule that finds nothing in a database made to break them all would be no rule.
test("each rule finds what breaks it", async () => {
  const client = await database.pool.connect();
  try {
    await client.query("begin");
    await client.query(BREAKS_EVERY_RULE);
    const silent: string[] = [];
    for (const [name, query] of rules) if ((await client.query(query)).rows.length === 0) silent.push(name);
    assert.equal(silent, []);
  } finally {
    await client.query("rollback");
    client.release();
  }
});

const BREAKS_EVERY_RULE = `
  comment on schema steward is null;
  create table public.stray ();
  create table app_public.bare (id int primary key, parent int references app_public.bare);
  grant insert on app_public.bare to steward_user;
  grant select (id) on app_public.bare to public;
  create policy one on app_public.bare for select to steward_user using (true);
  create policy two on app_public.bare using (true);
  grant trigger on app_public.bare to steward_application;
  create table app_public.unruled ();
  create role test_stranger;
  grant select on app_public.unruled to test_stranger;
  create view app_public.revealing as select from app_public.bare;
  create materialized view app_public.frozen as select from app_public.bare;
  create type app_private.nameless as enum ();
  create function app_private.liar() returns void language sql stable as 'delete from app_public.bare';
  create function app_private.compiled() returns void language sql set enable_seqscan = off as 'select 1';
  create function app_private.open() returns void language sql security definer as 'select 1';
  grant usage on schema app_private to steward_user;
  create function app_private.tg_oops() returns trigger language plpgsql as 'begin end';
  grant execute on all functions in schema app_private to steward_user, public;
  create trigger oops after insert on app_public.bare execute function app_private.tg_oops();
  create function app_private.tg_bare__unused() returns trigger language plpgsql as 'begin end';
  create function app_private.reader() returns void language sql as 'select from steward.runs';
  grant execute on function app_private.tg_bare__unused() to steward_user;`;

function rule(name: string, query: string): void {
  rules.set(name, query);
  test(name, async () => {
    const { rows } = await database.pool.query<string[]>({ text: query, rowMode: "array" });
    assert.equal(rows.map(([who]) => String(who)).sort(), []);
  });
}

test.run();
