// Looks whether everything is in place. It reads, and changes nothing.
import pg from "pg";
import type { Finding } from "../config/define.ts";
import { StewardError } from "../errors/index.ts";
import type { Setting } from "../setting/index.ts";
import { examineAttachments } from "./attachments.ts";
import { problem } from "./finding.ts";
import { examineMigrations } from "./migrations.ts";
import { examineServer } from "./server.ts";
import { examineTasks } from "./tasks.ts";
import { examineViolations } from "./violations.ts";
import { examineWork } from "./work.ts";

export type { Finding } from "../config/define.ts";

type Examination = (client: pg.Client, setting: Setting) => Promise<Finding[]>;

/** Everything else needs the engine's tables. */
const REST: readonly Examination[] = [
  examineServer,
  examineAttachments,
  examineTasks,
  examineWork,
  examineViolations,
  examineOwn,
];

/** Whoever asks why nothing moves is not to wait for the same lock. */
const LOCK_TIMEOUT = "2s";
const LOCKED = "55P03";
/** A table, column or function that the database does not have yet: its migrations are told to be missing already. */
const NOT_YET = new Set(["42P01", "42703", "42883"]);
const HOLDERS = `
select distinct format('session %s%s has locked %s', l.pid, ' (' || nullif(a.application_name, '') || ')', l.relation::regclass) as holder
from pg_locks l left join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.granted and l.pid <> pg_backend_pid()
  and l.database = (select d.oid from pg_database d where d.datname = current_database())
limit 5`;

/** What is not in place; nothing when all is well. */
export async function examine(client: pg.Client, setting: Setting): Promise<Finding[]> {
  await client.query("select set_config('lock_timeout', $1, false)", [LOCK_TIMEOUT]);
  const findings = await examineMigrations(client, setting).catch(refused);
  const { rows } = await client.query<{ has: boolean }>("select to_regclass('steward.steps') is not null as has");
  if (!rows[0]?.has) return findings;
  const isBehind = findings.length > 0;
  for (const look of REST)
    findings.push(
      ...(await look(client, setting).catch((error) => (isBehind && isNotYet(error) ? [] : locked(client, error)))),
    );
  return findings;
}

function isNotYet(error: unknown): boolean {
  return error instanceof pg.DatabaseError && NOT_YET.has(error.code ?? "");
}

/** A look that met somebody's lock. */
async function locked(client: pg.Client, error: unknown): Promise<Finding[]> {
  if (!(error instanceof pg.DatabaseError && error.code === LOCKED)) throw error;
  const { rows } = await client.query<{ holder: string }>(HOLDERS);
  const who = rows.map(({ holder }) => holder).join(", ") || "somebody has locked a table";
  return [
    problem(
      `Not all could be looked at, for ${who}.`,
      "End that transaction (pg_terminate_backend ends its session), then ask again.",
    ),
  ];
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
