// Whether a login is as restricted as the server's must be: whatever else it could become would see past row security.
import type pg from "pg";

// MEMBER: also what it may only become by SET ROLE. CREATEROLE makes itself a member of others on Postgres 15.
const IS_PRIVILEGED = `
select exists (
  select from pg_catalog.pg_roles r
  where pg_catalog.pg_has_role(coalesce($1::name, session_user), r.oid, 'member')
    and (
      r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolreplication
      or r.rolname in ('pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
      or r.oid in (
        select d.datdba from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()
        union
        select n.nspowner from pg_catalog.pg_namespace n where n.nspname = any ($2)
        union
        select c.relowner from pg_catalog.pg_class c where c.relnamespace in (select n.oid from pg_catalog.pg_namespace n where n.nspname = any ($2))
        union
        select p.proowner from pg_catalog.pg_proc p where p.pronamespace in (select n.oid from pg_catalog.pg_namespace n where n.nspname = any ($2))
      )
    )
) as is_privileged`;

const SCHEMAS = ["steward", "steward_private"];

export interface Asked {
  /** The login that connects, unless named. */
  readonly role?: string;
  /** Schemas of the application whose tables have row security. */
  readonly schemas?: readonly string[] | undefined;
}

/** Whether the role is or could become a superuser, bypass row security, or own anything of the engine or in those schemas. */
export async function isPrivileged(
  db: Pick<pg.ClientBase, "query">,
  { role, schemas = [] }: Asked = {},
): Promise<boolean> {
  const { rows } = await db.query<{ is_privileged: boolean }>(IS_PRIVILEGED, [role, [...SCHEMAS, ...schemas]]);
  return rows[0]?.is_privileged === true;
}
