// This application's API: what it adds to the engine's server.
import { join } from "node:path";
import { type ApiServer, createApiServer, type ServedApplication } from "steward/http/server";
import { type Config, PROJECT_ROOT } from "./config.ts";
import { graphqlApplication } from "./graphql/application.ts";
import { createLogIn } from "./http/log-in.ts";
import { addStandIns, type StandIns } from "./http/stand-ins.ts";
import { isMigrated, SCHEMAS } from "./migrate.ts";
import { open } from "./secrets.ts";

export interface ApiOptions {
  readonly config: Config;
  /** The restricted login: API_DATABASE_URL. */
  readonly apiUrl: string;
  /** HS256 secret; undefined when tokens come from an identity provider. */
  readonly jwtSecret: string | undefined;
  /** Key of the secrets at rest. */
  readonly encryptionKey: Buffer;
  /** For npm start: the console signs in by itself. Never in production. */
  readonly isLocal?: boolean;
  /** For npm start: what the console may break and repair. Never in production. */
  readonly standIns?: StandIns;
}

/** The console with this application's views. */
const PAGE = {
  folder: join(PROJECT_ROOT, "console/page"),
  views: join(PROJECT_ROOT, "console/views.ts"),
  paths: ["users", "projects", "deletions", "account", "try"],
} as const;

/** Builds the schema, so the database must be migrated and reachable; otherwise it rejects (ST828, or Postgres' own error). */
export function createApi({
  config,
  apiUrl,
  jwtSecret,
  encryptionKey,
  isLocal,
  standIns = {},
}: ApiOptions): Promise<ApiServer> {
  const names = config.environment === "production" ? [] : Object.keys(standIns);
  const application: ServedApplication = {
    ...graphqlApplication,
    context: {
      open: (sealed, context) => open(encryptionKey, sealed, context),
      assistantModel: config.assistantModel,
    },
    logIn: (pool) => createLogIn({ pool, makesUsers: config.tokensMakeUsers }),
    isMigrated,
    guarded: SCHEMAS,
    page: { ...PAGE, settings: names.length > 0 ? { standIns: names } : {} },
    ...(names.length > 0 && { addRoutes: (app, authenticate) => addStandIns(app, authenticate, standIns) }),
  };
  return createApiServer({ config, apiUrl, jwtSecret, application, isLocal });
}
