// Brings a database up to this code: graphile-worker's schema and the engine's, then an application's folder, and the API's login role.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import { EngineError } from "../errors/index.ts";
import { ensureApiRole } from "./api-role.ts";
import { type Applied, createApplied, readApplied } from "./applied.ts";
import { applyFiles, applyLibrary, refillQueue, repair } from "./apply.ts";
import { withClient } from "./connect.ts";
import { readSqlFiles, type SqlFile } from "./files.ts";
import { findLeftovers, madeFunctions } from "./leftovers.ts";
import { withLock } from "./lock.ts";
import {
  type DatabaseObject,
  findMissing,
  hasNoQueue,
  listObjects,
  naming,
  recorded,
  recordObjects,
  refuseLoss,
} from "./objects.ts";
import { isEmpty, makePlan, type Plan } from "./plan.ts";
import { retrying } from "./retrying.ts";
import { unreachable } from "./sql-error.ts";
import { refuseStrangers } from "./strangers.ts";

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
  /** The application's folder of migrations/, functions/ and lifecycles/; none where it has a tool of its own. */
  readonly folder?: string | undefined;
}

/** What one migrating brings: a folder of SQL files, and the schema in which the list of what was applied lies. */
interface Part {
  readonly folder: string;
  readonly ledger: string;
  /** A library that keeps a schema of its own, for this part. */
  readonly library: Applied | undefined;
}

const ENGINE_FOLDER = fileURLToPath(new URL("../../sql", import.meta.url));
const OLDEST_POSTGRES = 150_000;

/**
 * Migrates the engine, then the application's folder; makes again what was lost of what they had made, and returns the names of
 * both, in order. Any number of processes may call it at once. Throws StewardError: ST82x and ST83x for what a person must decide,
 * ST901 without a connection.
 */
export async function migrate({
  connectionString,
  apiUrl,
  log,
  folder,
}: MigrateOptions): Promise<{ applied: string[]; repaired: string[] }> {
  const parts: Part[] = [{ folder: ENGINE_FOLDER, ledger: "steward_private", library: await workerLibrary() }];
  if (folder !== undefined) parts.push({ folder, ledger: "app_migrations", library: undefined });
  try {
    return await withClient({ connectionString, application_name: "steward migrate" }, async (client) => {
      await prepare(client);
      const outcomes: Outcome[] = [];
      for (const part of parts) outcomes.push(await migratePart(client, connectionString, part, log));
      if (apiUrl !== undefined) await ensureApiRole(client, apiUrl);
      return {
        applied: outcomes.flatMap(({ applied }) => applied),
        repaired: outcomes.flatMap(({ repaired }) => repaired.map((object) => naming([object]))),
      };
    });
  } catch (error) {
    throw unreachable(error);
  }
}

interface Outcome {
  readonly applied: string[];
  /** Objects that had been lost and were made again. */
  readonly repaired: DatabaseObject[];
}

async function migratePart(
  client: pg.Client,
  connectionString: string,
  part: Part,
  log: Log | undefined,
): Promise<Outcome> {
  const { ledger } = part;
  const files = await readSqlFiles(part.folder);
  const plan = async (): Promise<Plan> => {
    const applied = await readApplied(client, ledger);
    await refuseStrangers(client, ledger, files, applied);
    return makePlan(files, applied, part.library);
  };
  const unlocked = await plan();
  if (isEmpty(unlocked) && (await isWhole(client, ledger, unlocked))) return { applied: [], repaired: [] };
  const outcome = await withLock(client, async () => {
    await createApplied(client, ledger);
    // Somebody else may have done it while this one waited for the lock.
    return carryOut(client, connectionString, part, files, await plan());
  });
  await report(client, files, outcome, log);
  return outcome;
}

/** Nothing is missing. Asked outside the lock, Postgres may not find an object that another process is just replacing. */
function isWhole(client: pg.Client, ledger: string, { schemas }: Plan): Promise<boolean> {
  const look = async () => !(await hasNoQueue(client)) && (await findMissing(client, ledger, schemas)).length === 0;
  return retrying(["XX000"], look);
}

async function carryOut(
  client: pg.Client,
  connectionString: string,
  { ledger, library }: Part,
  files: SqlFile[],
  plan: Plan,
): Promise<Outcome> {
  const { schemas } = plan;
  const isNew = (await recorded(client, ledger)).length === 0;
  const before = isNew ? [] : await listObjects(client, schemas);
  const isQueueLost = library !== undefined && !isNew && (await hasNoQueue(client));
  const libraries = library && (plan.library !== undefined || isQueueLost) ? [library] : [];
  for (const one of libraries) await applyLibrary(client, ledger, connectionString, one);
  const missing = await findMissing(client, ledger, schemas);
  refuseLoss(missing);
  if (missing.length > 0) await repair(client, missing, schemas);
  const applied = await applyFiles(client, ledger, plan);
  await recordObjects(client, ledger, madeFunctions(files), before, await listObjects(client, schemas));
  if (isQueueLost) await refillQueue(client);
  return { applied: [...libraries.map(({ name }) => name), ...applied], repaired: missing };
}

async function report(
  client: pg.Client,
  files: SqlFile[],
  { applied, repaired }: Outcome,
  log: Log | undefined,
): Promise<void> {
  if (repaired.length > 0) log?.warn({ objects: repaired.length }, `missing, and made again: ${naming(repaired)}`);
  if (applied.length === 0) return;
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
  if ((rows[0]?.version ?? 0) < OLDEST_POSTGRES) throw new EngineError("ST825");
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
