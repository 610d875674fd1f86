// Migrates as a setting says: the engine, the application's folder where it has one, its lifecycles.
import { log } from "../log.ts";
import { migrate } from "../migrate/index.ts";
import type { Setting } from "./index.ts";

export function migrateSetting(setting: Setting, url: string): ReturnType<typeof migrate> {
  const { engine, migrations, lifecycles } = setting;
  return migrate({ connectionString: url, queueSchema: engine.queueSchema, folder: migrations, lifecycles, log });
}
