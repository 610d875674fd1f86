// Migrates as a setting says: the engine, the application's folder where it has one, its lifecycles.
import { log } from "../log.ts";
import type { ApiLogin } from "../migrate/api-role.ts";
import { migrate } from "../migrate/index.ts";
import type { Setting } from "./index.ts";

/** `apiLogin`: the API's login is made too, or set right. */
export function migrateSetting(setting: Setting, url: string, apiLogin?: ApiLogin): ReturnType<typeof migrate> {
  const { engine, migrations, lifecycles } = setting;
  return migrate({
    connectionString: url,
    queueSchema: engine.queueSchema,
    folder: migrations,
    lifecycles,
    apiLogin,
    log,
  });
}
