// This application's migrations: db/, after the engine's.
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import type pg from "pg";
import { type MigrateOptions, migrate } from "steward/migrate";
import { PROJECT_ROOT } from "./config.ts";

const FOLDER = join(PROJECT_ROOT, "db");

/** Schemas whose tables have row security. */
export const SCHEMAS = ["app_public", "app_private", "app_migrations"];
/** What db/schema.sql shows. */
export const DUMPED = ["app_public", "app_private", "steward", "steward_private"];
/** The roles that requests take; db/migrations makes them. */
const ROLES = ["steward_user", "steward_admin"];

export interface MigrateAllOptions extends Omit<MigrateOptions, "folder" | "apiLogin"> {
  /** API_DATABASE_URL. */
  readonly apiUrl?: string | undefined;
}

/** Brings a database up to this code: the engine first, then db/. */
export function migrateAll({ apiUrl, ...options }: MigrateAllOptions): ReturnType<typeof migrate> {
  const apiLogin = apiUrl === undefined ? undefined : { url: apiUrl, roles: ROLES, schemas: SCHEMAS };
  return migrate({ ...options, folder: FOLDER, apiLogin });
}

/** Those of the roles that requests take which the login of this connection may not take; all where there is no such login. */
export async function rolesLacking(db: Pick<pg.ClientBase, "query">, apiUrl: string): Promise<readonly string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select r.name
     from unnest($2::text[]) r (name)
     where not exists (
       select
       from pg_auth_members m join pg_roles login on login.oid = m.member join pg_roles taken on taken.oid = m.roleid
       where login.rolname = $1 and taken.rolname = r.name
     )`,
    [decodeURIComponent(new URL(apiUrl).username), ROLES],
  );
  return rows.map(({ name }) => name);
}

/** Whether the database has the newest migration of db/. */
export async function isMigrated(db: Pick<pg.ClientBase, "query">): Promise<boolean> {
  const { rows } = await db.query<{ name: string | null }>("select app_public.newest_migration() as name");
  return (rows[0]?.name ?? "") >= NEWEST;
}

const NEWEST =
  globSync(join(FOLDER, "migrations/*.sql"))
    .map((file) => `migrations/${basename(file)}`)
    .sort()
    .at(-1) ?? "";
