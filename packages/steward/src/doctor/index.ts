// Looks whether everything is in place. It reads, and changes nothing.
import type pg from "pg";
import type { Finding } from "../config/define.ts";
import { StewardError } from "../errors/index.ts";
import type { Setting } from "../setting/index.ts";
import { examineAttachments } from "./attachments.ts";
import { problem } from "./finding.ts";
import { examineMigrations } from "./migrations.ts";
import { examineServer } from "./server.ts";
import { examineTasks } from "./tasks.ts";
import { examineViolations } from "./violations.ts";

export type { Finding } from "../config/define.ts";

type Examination = (client: pg.Client, setting: Setting) => Promise<Finding[]>;

/** Everything else needs the engine's tables. */
const REST: readonly Examination[] = [examineServer, examineAttachments, examineTasks, examineViolations, examineOwn];

/** What is not in place; nothing when all is well. */
export async function examine(client: pg.Client, setting: Setting): Promise<Finding[]> {
  const findings = await examineMigrations(client, setting).catch(refused);
  const { rows } = await client.query<{ has: boolean }>("select to_regclass('steward.steps') is not null as has");
  if (!rows[0]?.has) return findings;
  for (const look of REST) findings.push(...(await look(client, setting)));
  return findings;
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
