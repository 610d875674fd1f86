// This application's migrations: db/, after the engine's.
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import type pg from "pg";
import { type MigrateOptions, migrate } from "steward/migrate";
import { PROJECT_ROOT } from "./config.ts";

const FOLDER = join(PROJECT_ROOT, "db");

/** Brings a database up to this code: the engine first, then db/. */
export function migrateAll(options: Omit<MigrateOptions, "folder">): ReturnType<typeof migrate> {
  return migrate({ ...options, folder: FOLDER });
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
