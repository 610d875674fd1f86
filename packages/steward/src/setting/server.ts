// The API as a setting says: runs and steps alone, for `steward server` and `steward start`.
import { join } from "node:path";
import pg from "pg";
import { randomPassword, readOrCreate } from "../embedded/files.ts";
import { EngineError } from "../errors/index.ts";
import { type ApiServer, createApiServer } from "../http/server.ts";
import { withClient } from "../migrate/connect.ts";
import type { Setting } from "./index.ts";
import { resolveJwtSecret } from "./jwt-secret.ts";

const EMBEDDED_LOGIN = "steward_api";
const READERS = { reader: "steward_reader", admin: "steward_reader_of_all" };
/** The setting of a request's transaction that says who reads. */
const CLAIM = "jwt.claims.sub";
const MAKE_READER = `
select steward.grant_reader($1, claim => $2, all_runs => $3)
where not exists (select from steward_private.readers r where r.role_name = $1)`;

/** The database roles of requests. */
export function readersOf({ config }: Setting): { readonly reader: string; readonly admin: string } {
  return config.readers ?? READERS;
}

/** The login of the embedded Postgres for the API; its password is made once for this data folder. */
export function embeddedApiUrl({ engine }: Setting, databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.username = EMBEDDED_LOGIN;
  url.password = readOrCreate(join(engine.dataDir, "postgres-api.password"), randomPassword);
  return url.href;
}

/** The roles of requests in the embedded Postgres, which belongs to this application alone. */
export async function makeReaderRoles(setting: Setting, databaseUrl: string): Promise<void> {
  await withClient({ connectionString: databaseUrl }, async (client) => {
    for (const role of Object.values(readersOf(setting)))
      await client.query(
        `do $$ begin create role ${pg.escapeIdentifier(role)}; exception when duplicate_object or unique_violation then null; end $$`,
      );
  });
}

/** Lets these roles read; the engine must have been migrated. */
export async function grantReaders(setting: Setting, databaseUrl: string): Promise<void> {
  const { reader, admin } = readersOf(setting);
  await withClient({ connectionString: databaseUrl }, async (client) => {
    await client.query(MAKE_READER, [reader, CLAIM, false]);
    await client.query(MAKE_READER, [admin, null, true]);
  });
}

/**
 * Builds the server; call its listen. A token's claim (JWT_SUBJECT_CLAIM) says who asks: they see the runs that they own. Nothing is
 * looked up and nothing is made for it. ST801 where no login is set, ST827 and ST828 as for any server.
 */
export function createServer(
  setting: Setting,
  apiUrl: string | undefined,
  { isLocal = false }: { /** See ApiServerOptions. */ readonly isLocal?: boolean } = {},
): Promise<ApiServer> {
  if (apiUrl === undefined)
    throw new EngineError("ST801", {
      sentence:
        "API_DATABASE_URL must be set: a login that may become the roles of readers, and nothing else (docs/adopt.md).",
    });
  return createApiServer({
    config: setting.engine,
    apiUrl,
    jwtSecret: resolveJwtSecret(setting.engine),
    isLocal,
    application: {
      roles: readersOf(setting),
      schemas: [],
      plugins: [],
      context: {},
      logIn: () => (claims) => Promise.resolve(claims.subject),
    },
  });
}
