// Brings a database up to this code: graphile-worker's schema and the engine's, then an application's folder, its lifecycles, and
// the login role of its API.
import { fileURLToPath } from "node:url";
import type pg from "pg";
import { EngineError } from "../errors/index.ts";
import { type ApiLogin, ensureApiRole } from "./api-role.ts";
import { createApplied, readApplied } from "./applied.ts";
import { applyFiles, applyLibrary, refillQueue, repair } from "./apply.ts";
import { withClient } from "./connect.ts";
import { readEngineFiles, readSqlFiles, type SqlFile, schemasOf } from "./files.ts";
import { restoreGenerated } from "./generated.ts";
import { findLeftovers, madeFunctions } from "./leftovers.ts";
import { type Library, QUEUE_SCHEMA, queueLibrary, refuseOtherQueue } from "./library.ts";
import { applyLifecycles } from "./lifecycles.ts";
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
  type Schemas,
} from "./objects.ts";
import { isEmpty, makePlan, type Plan } from "./plan.ts";
import { retrying } from "./retrying.ts";
import { openToAll } from "./revoke.ts";
import { unreachable } from "./sql-error.ts";
import { refuseStrangers } from "./strangers.ts";

interface Log {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface MigrateOptions {
  /** The owner's connection: direct or session-pooled, never transaction-pooled. */
  readonly connectionString: string;
  /** The API's login; it is made, or set right, when the owner may do so. */
  readonly apiLogin?: ApiLogin | undefined;
  readonly log?: Log | undefined;
  /** The application's folder of migrations/, functions/ and lifecycles/; none where it has a tool of its own. */
  readonly folder?: string | undefined;
  /** A folder of lifecycle definitions, for an application that has a tool of its own for everything else. */
  readonly lifecycles?: string | undefined;
  /** The schema of graphile-worker's queue; graphile_worker unless said. */
  readonly queueSchema?: string | undefined;
}

/** What one migrating brings: SQL files, and the schema in which the list of what was applied lies. */
export interface Part {
  readonly files: readonly SqlFile[];
  readonly ledger: string;
  /** A library that keeps a schema of its own, for this part. */
  readonly library: Library | undefined;
}

const ENGINE_FOLDER = fileURLToPath(new URL("../../sql", import.meta.url));
export const ENGINE_LEDGER = "steward_private";
const OLDEST_POSTGRES = 150_000;

/**
 * Migrates the engine, then the application's folder; makes again what was lost of what they had made, and returns the names of
 * both, in order. Any number of processes may call it at once. Throws StewardError: ST82x and ST83x for what a person must decide,
 * ST901 without a connection.
 */
export async function migrate({
  connectionString,
  apiLogin,
  log,
  folder,
  lifecycles,
  queueSchema,
}: MigrateOptions): Promise<{ applied: string[]; repaired: string[] }> {
  const parts = [await enginePart(queueSchema)];
  if (folder !== undefined)
    parts.push({ files: await readSqlFiles(folder), ledger: "app_migrations", library: undefined });
  try {
    return await withClient({ connectionString, application_name: "steward migrate" }, async (client) => {
      await prepare(client);
      for (const part of parts) await refuseStrangers(client, part);
      const outcomes: Outcome[] = [];
      for (const part of parts) outcomes.push(await migratePart(client, connectionString, part, log));
      const generated = await restoreGenerated(client);
      const defined = lifecycles === undefined ? [] : await applyLifecycles(client, lifecycles, ENGINE_LEDGER);
      if (apiLogin !== undefined) await ensureApiRole(client, apiLogin);
      const repaired = outcomes.flatMap((outcome) => outcome.repaired.map((object) => naming([object])));
      return {
        applied: [...outcomes.flatMap(({ applied }) => applied), ...defined],
        repaired: [...repaired, ...generated],
      };
    });
  } catch (error) {
    throw unreachable(error);
  }
}

/** The engine's own part. */
export async function enginePart(queueSchema = QUEUE_SCHEMA): Promise<Part> {
  return {
    files: await readEngineFiles(ENGINE_FOLDER, queueSchema),
    ledger: ENGINE_LEDGER,
    library: await queueLibrary(queueSchema),
  };
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
  const { files, ledger } = part;
  if (isEmpty(await planOf(client, part)) && (await isWhole(client, part))) return { applied: [], repaired: [] };
  const outcome = await withLock(client, async () => {
    await createApplied(client, ledger);
    // Somebody else may have done it while this one waited for the lock.
    return carryOut(client, connectionString, part, await planOf(client, part));
  });
  await report(client, files, outcome, log);
  return outcome;
}

/** What is to be done about a part; ST82x for what a person must decide. */
export async function planOf(client: pg.Client, { files, ledger, library }: Part): Promise<Plan> {
  const applied = await readApplied(client, ledger);
  if (library) refuseOtherQueue(applied, library);
  return makePlan(files, applied, library?.applied);
}

/**
 * Nothing is missing, and it is known what there must be: a first migration may have been cut off before. Asked outside the
 * lock, Postgres may not find an object that another process is just replacing.
 */
function isWhole(client: pg.Client, part: Part): Promise<boolean> {
  return retrying(["XX000"], async () => {
    if ((await recorded(client, part.ledger)).length === 0) return false;
    if (part.library !== undefined && (await hasNoQueue(client, part.library.schema))) return false;
    return (await findLost(client, part)).length === 0;
  });
}

/** What is missing, and what everybody may call and must not. */
export async function findLost(client: pg.Client, part: Part): Promise<DatabaseObject[]> {
  const missing = await findMissing(client, part.ledger, schemasIn(part));
  return [...missing, ...(await openToAll(client, schemasOf(part.files)))];
}

/** The schemas that the files make, and the one of the part's library. */
function schemasIn({ files, library }: Part): Schemas {
  return { names: schemasOf(files), queue: library?.schema };
}

async function carryOut(client: pg.Client, connectionString: string, part: Part, plan: Plan): Promise<Outcome> {
  const { files, ledger, library } = part;
  const schemas = schemasIn(part);
  const isNew = (await recorded(client, ledger)).length === 0;
  const before = isNew ? [] : await listObjects(client, schemas);
  const isQueueLost = library !== undefined && !isNew && (await hasNoQueue(client, library.schema));
  const libraries = library && (plan.library !== undefined || isQueueLost) ? [library] : [];
  for (const one of libraries) await applyLibrary(client, ledger, connectionString, one);
  const lost = await findLost(client, part);
  refuseLoss(lost, library?.schema);
  if (lost.length > 0) await repair(client, lost, plan.schemas);
  const applied = await applyFiles(client, ledger, plan);
  const made = { functions: madeFunctions(files), queue: library?.schema };
  await recordObjects(client, ledger, made, before, await listObjects(client, schemas));
  // A row is one of the queue's ledger: it came back without its rows, so without jobs too.
  if (isQueueLost || lost.some(({ kind }) => kind === "row")) await refillQueue(client);
  return { applied: [...libraries.map(({ applied: { name } }) => name), ...applied], repaired: lost };
}

async function report(
  client: pg.Client,
  files: readonly SqlFile[],
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
