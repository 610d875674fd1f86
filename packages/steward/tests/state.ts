// What a database is like, apart from its rows: to compare before and after.
import type pg from "pg";

/** All that a dump of the schema would print, and the roles of the server. */
const STATE = `
select 'schema' as what, nspname as name, nspacl::text || coalesce(obj_description(oid), '') as detail from pg_namespace where nspname !~ '^pg_(toast|temp)'
union all select 'relation', c.oid::regclass::text, concat_ws(' ', relkind, relacl, reloptions, relrowsecurity, obj_description(c.oid), pg_get_userbyid(relowner))
  from pg_class c join pg_namespace n on n.oid = relnamespace where nspname !~ '^(pg_|information_schema)'
union all select 'column', attrelid::regclass::text, string_agg(concat_ws(' ', attname, atttypid::regtype, attnotnull, attacl), ',' order by attnum)
  from pg_attribute a join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
  where nspname !~ '^(pg_|information_schema)' and attnum > 0 group by attrelid
union all select 'function', p.oid::regprocedure::text, concat_ws(' ', proacl, md5(prosrc), proconfig) from pg_proc p
  join pg_namespace n on n.oid = pronamespace where nspname !~ '^(pg_|information_schema)'
union all select 'type', t.oid::regtype::text, typacl::text from pg_type t join pg_namespace n on n.oid = typnamespace where nspname !~ '^(pg_|information_schema)'
union all select 'constraint', conname, pg_get_constraintdef(k.oid) from pg_constraint k join pg_namespace n on n.oid = connamespace where nspname !~ '^(pg_|information_schema)'
union all select 'trigger', tgname, concat_ws(' ', tgrelid::regclass, tgenabled) from pg_trigger where not tgisinternal
union all select 'policy', polname, polrelid::regclass::text from pg_policy
union all select 'default privilege', concat_ws(' ', pg_get_userbyid(defaclrole), defaclnamespace::regnamespace, defaclobjtype), defaclacl::text from pg_default_acl
union all select 'extension', extname, extversion from pg_extension
union all select 'event trigger', evtname, evtevent from pg_event_trigger
union all select 'role', rolname, concat_ws(' ', rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolbypassrls) from pg_roles
union all select 'member', pg_get_userbyid(member), pg_get_userbyid(roleid) from pg_auth_members
union all select 'setting', concat_ws(' ', setdatabase, setrole), setconfig::text from pg_db_role_setting
union all select 'database', datname, datacl::text from pg_database where datname = current_database()
order by 1, 2, 3`;

/** One line for each object. */
export async function readState(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ what: string; name: string; detail: string | null }>(STATE);
  return rows.map(({ what, name, detail }) => `${what} ${name}: ${detail}`).join("\n");
}
