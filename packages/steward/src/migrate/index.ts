// Brings a database up to this code: graphile-worker's schema and the engine's, then an application's folder, and the API's login role.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import { EngineError } from "../errors/index.ts";
import { ensureApiRole } from "./api-role.ts";
import { type Applied, createApplied, readApplied } from "./applied.ts";
import { applyFiles, applyLibrary, refillQueue, repair } from "./apply.ts";
import { withClient } from "./connect.ts";
import { readSqlFiles, type SqlFile, schemasOf } from "./files.ts";
import { restoreGenerated } from "./generated.ts";
import { findLeftovers, madeFunctions } from "./leftovers.ts";
import { withLock } from "./lock.ts";
import {
  type DatabaseObject,
  findMissing,
  hasNoQueue,
  listObjects,
  naming,
  QUEUE,
  recorded,
  recordObjects,
  refuseLoss,
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
  /** The API's connection; its role is made, or set right, when the owner may do so. */
  readonly apiUrl?: string | undefined;
  readonly log?: Log | undefined;
  /** The application's folder of migrations/, functions/ and lifecycles/; none where it has a tool of its own. */
  readonly folder?: string | undefined;
}

/** What one migrating brings: SQL files, and the schema in which the list of what was applied lies. */
interface Part {
  readonly files: readonly SqlFile[];
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
  const parts: Part[] = [
    { files: await readSqlFiles(ENGINE_FOLDER), ledger: "steward_private", library: await workerLibrary() },
  ];
  if (folder !== undefined)
    parts.push({ files: await readSqlFiles(folder), ledger: "app_migrations", library: undefined });
  try {
    return await withClient({ connectionString, application_name: "steward migrate" }, async (client) => {
      await prepare(client);
      for (const part of parts) await refuseStrangers(client, part);
      const outcomes: Outcome[] = [];
      for (const part of parts) outcomes.push(await migratePart(client, connectionString, part, log));
      const generated = await restoreGenerated(client);
      if (apiUrl !== undefined) await ensureApiRole(client, apiUrl);
      const repaired = outcomes.flatMap((outcome) => outcome.repaired.map((object) => naming([object])));
      return { applied: outcomes.flatMap(({ applied }) => applied), repaired: [...repaired, ...generated] };
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
  const { files, ledger } = part;
  const plan = async (): Promise<Plan> => makePlan(files, await readApplied(client, ledger), part.library);
  if (isEmpty(await plan()) && (await isWhole(client, part))) return { applied: [], repaired: [] };
  const outcome = await withLock(client, async () => {
    await createApplied(client, ledger);
    // Somebody else may have done it while this one waited for the lock.
    return carryOut(client, connectionString, part, await plan());
  });
  await report(client, files, outcome, log);
  return outcome;
}

/**
 * Nothing is missing, and it is known what there must be: a first migration may have been cut off before. Asked outside the
 * lock, Postgres may not find an object that another process is just replacing.
 */
function isWhole(client: pg.Client, part: Part): Promise<boolean> {
  return retrying(["XX000"], async () => {
    if ((await recorded(client, part.ledger)).length === 0 || (await hasNoQueue(client))) return false;
    return (await findLost(client, part)).length === 0;
  });
}

/** What is missing, and what everybody may call and must not. */
async function findLost(client: pg.Client, part: Part): Promise<DatabaseObject[]> {
  const missing = await findMissing(client, part.ledger, schemasIn(part));
  return [...missing, ...(await openToAll(client, schemasOf(part.files)))];
}

/** The schemas that the files make, and the one of the part's library. */
function schemasIn({ files, library }: Part): string[] {
  return library === undefined ? schemasOf(files) : [QUEUE, ...schemasOf(files)];
}

async function carryOut(client: pg.Client, connectionString: string, part: Part, plan: Plan): Promise<Outcome> {
  const { files, ledger, library } = part;
  const schemas = schemasIn(part);
  const isNew = (await recorded(client, ledger)).length === 0;
  const before = isNew ? [] : await listObjects(client, schemas);
  const isQueueLost = library !== undefined && !isNew && (await hasNoQueue(client));
  const libraries = library && (plan.library !== undefined || isQueueLost) ? [library] : [];
  for (const one of libraries) await applyLibrary(client, ledger, connectionString, one);
  const lost = await findLost(client, part);
  refuseLoss(lost);
  if (lost.length > 0) await repair(client, lost, plan.schemas);
  const applied = await applyFiles(client, ledger, plan);
  await recordObjects(client, ledger, madeFunctions(files), before, await listObjects(client, schemas));
  // A row is one of the queue's ledger: it came back without its rows, so without jobs too.
  if (isQueueLost || lost.some(({ kind }) => kind === "row")) await refillQueue(client);
  return { applied: [...libraries.map(({ name }) => name), ...applied], repaired: lost };
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

/** graphile-worker keeps its own list of migrations; asking it costs a pool, so a new version of it is what makes us ask. */
async function workerLibrary(): Promise<Applied> {
  const file = new URL("../package.json", import.meta.resolve("graphile-worker"));
  const { version } = JSON.parse(await readFile(file, "utf8")) as { version: string };
  return { kind: "library", name: "graphile-worker", sha256: version };
}
