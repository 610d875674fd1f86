// Where a command runs: the application's folder, its steward.config, and the environment.
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { StewardConfig } from "../config/define.ts";
import { type EngineConfig, readVariables, toEngineConfig } from "../config/index.ts";
import { engineVariables } from "../config/variables.ts";
import { EngineError } from "../errors/index.ts";

const FILES = ["steward.config.ts", "steward.config.mts", "steward.config.js", "steward.config.mjs"];

export interface Setting {
  /** The application's folder. */
  readonly root: string;
  /** The configuration file, where there is one. */
  readonly file: string | undefined;
  readonly config: StewardConfig;
  readonly engine: EngineConfig;
  /** DATABASE_URL; undefined: the embedded Postgres. */
  readonly databaseUrl: string | undefined;
  /** API_DATABASE_URL. */
  readonly apiUrl: string | undefined;
  /** Absolute paths of the folders that the configuration names. */
  readonly tasks: string;
  readonly lifecycles: string | undefined;
  readonly migrations: string | undefined;
  readonly embedded: string | undefined;
}

/** Reads the present folder's setting. ST801 when a variable or the configuration is wrong. */
export async function loadSetting(root: string = process.cwd()): Promise<Setting> {
  const values = readVariables(engineVariables, () => [], process.env);
  const file = FILES.map((name) => join(root, name)).find((path) => existsSync(path));
  const config = file === undefined ? {} : await loadFile(file);
  return {
    root,
    file,
    config,
    engine: toEngineConfig(values, root),
    databaseUrl: values.DATABASE_URL,
    apiUrl: values.API_DATABASE_URL,
    tasks: resolve(root, config.tasks ?? "tasks"),
    lifecycles: resolve(root, config.lifecycles ?? "steward/lifecycles"),
    migrations: config.migrations && resolve(root, config.migrations),
    embedded: config.embedded && resolve(root, config.embedded),
  };
}

async function importConfig(file: string): Promise<{ default?: StewardConfig }> {
  try {
    return (await import(pathToFileURL(file).href)) as { default?: StewardConfig };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError("ST801", { sentence: `${basename(file)} cannot be loaded: ${why}.`, cause });
  }
}

async function loadFile(file: string): Promise<StewardConfig> {
  const { default: config } = await importConfig(file);
  if (typeof config === "object" && config !== null) return config;
  throw new EngineError("ST801", {
    sentence: `${basename(file)} must export its configuration: export default defineConfig({ ... }).`,
  });
}
