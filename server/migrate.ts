// Brings a database up to this code: the engine first, then db/.
import { join } from "node:path";
import { type MigrateOptions, migrate } from "steward/migrate";
import { PROJECT_ROOT } from "./config.ts";

export function migrateAll(options: Omit<MigrateOptions, "folder">): ReturnType<typeof migrate> {
  return migrate({ ...options, folder: join(PROJECT_ROOT, "db") });
}
