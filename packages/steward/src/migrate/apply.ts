// Applies what the plan says: graphile-worker's schema, migrations one by one, then all changed functions together; and makes
// again what is missing.
import { runMigrations } from "graphile-worker";
import pg from "pg";
import { createOwnerPool, endPool } from "../pools.ts";
import { forgetFunctions, recordApplied } from "./applied.ts";
import type { SqlFile } from "./files.ts";
import { type Library, QUEUE_MARK } from "./library.ts";
import { type DatabaseObject, naming } from "./objects.ts";
import type { Plan } from "./plan.ts";
import { retrying } from "./retrying.ts";
import { revokeFromPublic } from "./revoke.ts";
import { migrationFailed, repairFailed } from "./sql-error.ts";

const DEADLOCK = "40P01";
const LOCK_TIMEOUT = "55P03";
/** Everybody who comes after us waits for the same lock as long as we do. */
const LOCK_MS = 100;
/** About a minute. */
const PATIENCE = 100;
const MAKES_TRIGGER = /^create (or replace )?(constraint )?trigger /m;
const NO_TRANSACTION = /^\s*(--[^\n]*\n\s*)*-- no transaction\b/;

/** Lets graphile-worker bring its own schema up to date. */
export async function applyLibrary(
  client: pg.Client,
  ledger: string,
  connectionString: string,
  { applied, schema }: Library,
): Promise<void> {
  const { rowCount: there } = await client.query("select from pg_namespace where nspname = $1", [schema]);
  const pgPool = createOwnerPool({ connectionString, applicationName: "steward migrate", max: 1 });
  await runMigrations({ pgPool, schema }).finally(() => endPool(pgPool));
  if (there === 0)
    await client.query(`comment on schema ${pg.escapeIdentifier(schema)} is ${pg.escapeLiteral(QUEUE_MARK)}`);
  await recordApplied(client, ledger, applied);
}

/** Applies the files of the plan and returns their names. What fails is ST824 and leaves no trace of its file. */
export async function applyFiles(client: pg.Client, ledger: string, plan: Plan): Promise<string[]> {
  for (const file of plan.migrations) await patiently(() => applyMigration(client, ledger, file, plan.schemas));
  await patiently(() => applyFunctions(client, ledger, plan));
  return [...plan.migrations, ...plan.functions].map(({ name }) => name);
}

/** Makes again what is missing. Indexes last, each by itself: tables that are in use stay writable meanwhile. */
export async function repair(
  client: pg.Client,
  missing: readonly DatabaseObject[],
  schemas: readonly string[],
): Promise<void> {
  await patiently(() =>
    inTransaction(client, async () => {
      await client.query("set local check_function_bodies = off");
      for (const object of missing)
        if (object.kind !== "index") await makeAgain(client, object, object.definition ?? "");
      await revokeFromPublic(client, schemas);
    }),
  );
  for (const object of missing) if (object.kind === "index") await patiently(() => makeIndexAgain(client, object));
}

/** Steps carry the truth: each that waits for a worker gets another job in a queue that was made anew. */
export async function refillQueue(client: pg.Client): Promise<void> {
  await client.query(`
    do $$
    begin
      if to_regprocedure('steward_private.enqueue_steps(bigint[])') is not null then
        perform steward_private.enqueue_steps(array(
          select s.id from steward.steps s where s.status in ('queued', 'retrying') and not s.is_backlog
        ));
      end if;
    end
    $$`);
}

async function makeIndexAgain(client: pg.Client, object: DatabaseObject): Promise<void> {
  // What a broken attempt left would be taken for it.
  await client.query(`drop index concurrently if exists ${object.name}`);
  await makeAgain(client, object, (object.definition ?? "").replace(/ INDEX /, " INDEX CONCURRENTLY "));
}

async function makeAgain(client: pg.Client, object: DatabaseObject, definition: string): Promise<void> {
  try {
    await client.query(definition);
  } catch (error) {
    throw repairFailed(naming([object]), error);
  }
}

/** Other sessions may hold locks for long. We step aside after a moment, and come again for about a minute. */
export function patiently(work: () => Promise<void>): Promise<void> {
  return retrying([DEADLOCK, LOCK_TIMEOUT], work, PATIENCE);
}

async function applyMigration(
  client: pg.Client,
  ledger: string,
  file: SqlFile,
  schemas: readonly string[],
): Promise<void> {
  const apply = async () => {
    await applyFile(client, ledger, file);
    await revokeFromPublic(client, schemas);
  };
  if (NO_TRANSACTION.test(file.sql)) return apply();
  await inTransaction(client, apply);
}

async function applyFunctions(client: pg.Client, ledger: string, plan: Plan): Promise<void> {
  if (plan.functions.length + plan.gone.length === 0) return;
  // A trigger locks its table against writing until the commit, so these come last.
  const withTriggers = plan.functions.filter(({ sql }) => MAKES_TRIGGER.test(sql));
  const withoutTriggers = plan.functions.filter((file) => !withTriggers.includes(file));
  await inTransaction(client, async () => {
    // Functions may call each other in any order: made unchecked first, then once more with the checks, when all are there.
    await client.query("set local check_function_bodies = off");
    for (const file of withoutTriggers) await applyFile(client, ledger, file);
    await client.query("set local check_function_bodies = on");
    for (const file of [...withoutTriggers, ...withTriggers]) await applyFile(client, ledger, file);
    await revokeFromPublic(client, plan.schemas);
    await forgetFunctions(client, ledger, plan.gone);
  });
}

export async function applyFile(client: pg.Client, ledger: string, file: SqlFile): Promise<void> {
  try {
    await client.query(file.sql);
  } catch (error) {
    throw migrationFailed(file, error);
  }
  await recordApplied(client, ledger, file);
}

export async function inTransaction(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await client.query(`begin; set local lock_timeout = ${LOCK_MS}`);
  try {
    await work();
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  }
}
