// Brings a database up to this code: graphile-worker's schema, db/migrations, db/functions, and the API's login role.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import { StewardError } from "../errors.ts";
import { ensureApiRole } from "./api-role.ts";
import { type Applied, createApplied, readApplied } from "./applied.ts";
import { applyPlan } from "./apply.ts";
import { withClient } from "./connect.ts";
import { readSqlFiles, type SqlFile } from "./files.ts";
import { findLeftovers } from "./leftovers.ts";
import { withLock } from "./lock.ts";
import { isEmpty, makePlan, type Plan } from "./plan.ts";
import { unreachable } from "./sql-error.ts";

interface Log {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface MigrateOptions {
  /** The owner's connection: direct or session-pooled, never transaction-pooled. */
  readonly connectionString: string;
  /** The API's connection; its role is made, or set right, when the owner may do so. */
  readonly apiUrl?: string | undefined;
  readonly log?: Log | undefined;
  /** The folder that holds migrations/ and functions/; ours unless a test has its own. */
  readonly folder?: string | undefined;
}

const OUR_FOLDER = fileURLToPath(new URL("../../db", import.meta.url));
const OLDEST_POSTGRES = 150_000;

/**
 * Migrates the database and returns the names of what was applied, in order. Any number of processes may call it at
 * once. Throws StewardError: ST82x for what a person must decide, ST901 without a connection.
 */
export async function migrate(options: MigrateOptions): Promise<{ applied: string[] }> {
  const [files, library] = await Promise.all([readSqlFiles(options.folder ?? OUR_FOLDER), workerLibrary()]);
  const { connectionString, apiUrl, log } = options;
  try {
    return await withClient({ connectionString, application_name: "steward migrate" }, async (client) => {
      await prepare(client);
      const applied = await applyWhatIsNew(client, connectionString, files, library);
      if (applied.length > 0) await report(client, files, applied, log);
      if (apiUrl !== undefined) await ensureApiRole(client, apiUrl);
      return { applied };
    });
  } catch (error) {
    throw unreachable(error);
  }
}

async function applyWhatIsNew(client: pg.Client, connectionString: string, files: SqlFile[], library: Applied) {
  const plan = async (): Promise<Plan> => makePlan(files, await readApplied(client), library);
  if (isEmpty(await plan())) return [];
  return withLock(client, async () => {
    await createApplied(client);
    // Somebody else may have done it while this one waited for the lock.
    return applyPlan(client, connectionString, await plan());
  });
}

async function report(client: pg.Client, files: SqlFile[], applied: string[], log: Log | undefined): Promise<void> {
  log?.info({ applied: applied.length, last: applied.at(-1) }, "database migrated");
  const functions = await findLeftovers(client, files);
  if (functions.length === 0) return;
  log?.warn(
    { functions },
    "functions are left from files that are gone or from signatures that changed: drop them in a migration",
  );
}

/** Settings of the server or the role must not change what a migration means. */
async function prepare(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: number }>(
    "select current_setting('server_version_num')::int as version",
  );
  if ((rows[0]?.version ?? 0) < OLDEST_POSTGRES) throw new StewardError("ST825");
  await client.query(
    `set search_path = ''; set statement_timeout = 0; set lock_timeout = 0;
     set idle_in_transaction_session_timeout = 0; set client_min_messages = warning; set default_transaction_isolation = 'read committed'`,
  );
}

/** graphile-worker keeps its own list of migrations; asking it costs a pool, so a new version of it is what makes us ask. */
async function workerLibrary(): Promise<Applied> {
  const file = new URL("../package.json", import.meta.resolve("graphile-worker"));
  const { version } = JSON.parse(await readFile(file, "utf8")) as { version: string };
  return { kind: "library", name: "graphile-worker", sha256: version };
}
