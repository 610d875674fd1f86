// Looks whether everything is in place. It reads, and changes nothing.
import pg from "pg";
import type { Finding } from "../config/define.ts";
import { StewardError } from "../errors/index.ts";
import type { Setting } from "../setting/index.ts";
import { examineAlerts } from "./alerts.ts";
import { examineAttachments } from "./attachments.ts";
import { problem } from "./finding.ts";
import { examineMigrations } from "./migrations.ts";
import { examineServer } from "./server.ts";
import { examineTables } from "./tables.ts";
import { examineTasks } from "./tasks.ts";
import { examineViolations } from "./violations.ts";
import { examineWork } from "./work.ts";

export type { Finding } from "../config/define.ts";

type Examination = (client: pg.Client, setting: Setting) => Promise<Finding[]>;

/** Everything else needs the engine's tables. */
const REST: readonly Examination[] = [
  examineServer,
  examineTables,
  examineAttachments,
  examineTasks,
  examineWork,
  examineViolations,
  examineAlerts,
  examineOwn,
];

/** Whoever asks why nothing moves is not to wait for the same lock. */
const LOCK_TIMEOUT = "2s";
const LOCKED = "55P03";
/** A table, column or function that the database does not have yet: its migrations are told to be missing already. */
const NOT_YET = new Set(["42P01", "42703", "42883"]);
const NEXT =
  "Put that right (npx steward migrate makes again what is missing; what the owner may by itself it gets back by grant all on ... to current_user), then ask again.";
const HOLDERS = "select steward_private.table_holders() as holders";

/** What is not in place; nothing when all is well. */
export async function examine(client: pg.Client, setting: Setting): Promise<Finding[]> {
  await client.query("select set_config('lock_timeout', $1, false)", [LOCK_TIMEOUT]);
  const findings = await examineMigrations(client, setting)
    .catch(refused)
    .catch((error) => unseen(client, error));
  const { rows } = await client.query<{ has: boolean }>("select to_regclass('steward.steps') is not null as has");
  if (!rows[0]?.has) return findings;
  const isBehind = findings.length > 0;
  for (const look of REST)
    findings.push(
      ...(await look(client, setting).catch((error) => (isBehind && isNotYet(error) ? [] : unseen(client, error)))),
    );
  return once(findings);
}

/** The same lock or right may have kept several looks from being answered. */
function once(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}

function isNotYet(error: unknown): boolean {
  return error instanceof pg.DatabaseError && NOT_YET.has(error.code ?? "");
}

/** A look that Postgres did not answer, for somebody's lock or another reason; the others are worth having all the same. */
async function unseen(client: pg.Client, error: unknown): Promise<Finding[]> {
  if (!(error instanceof pg.DatabaseError)) throw error;
  if (error.code !== LOCKED) return [problem(`Not all could be looked at: ${error.message} (${error.code}).`, NEXT)];
  return [
    problem(
      `Not all could be looked at, for ${await lockHolders(client)}.`,
      "End that transaction (pg_terminate_backend ends its session), then ask again.",
    ),
  ];
}

/** Who has locked a whole table, in words. */
async function lockHolders(client: pg.Client): Promise<string> {
  // Not of a database that has not been migrated yet.
  const { rows } = await client.query<{ holders: string | null }>(HOLDERS).catch(() => ({ rows: [] }));
  return rows[0]?.holders ?? "somebody has locked a table";
}

/** What the application looks for itself. */
async function examineOwn(client: pg.Client, { config }: Setting): Promise<Finding[]> {
  return [...((await config.examine?.(client)) ?? [])];
}

/** A refusal to migrate is a finding here. */
function refused(error: unknown): Finding[] {
  if (error instanceof StewardError) return [problem(`${error.message} (${error.code})`, error.next)];
  throw error;
}
