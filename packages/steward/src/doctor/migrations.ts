// Whether the database has this version's migrations and the application's lifecycles, and whether what they made is there.
import type pg from "pg";
import type { Finding } from "../config/define.ts";
import { readLifecycles, readSqlFiles } from "../migrate/files.ts";
import { ENGINE_LEDGER, enginePart, findLost, type Part, planOf } from "../migrate/index.ts";
import { findChanged } from "../migrate/lifecycles.ts";
import { naming, recorded } from "../migrate/objects.ts";
import { isEmpty } from "../migrate/plan.ts";
import type { Setting } from "../setting/index.ts";
import { hint, problem } from "./finding.ts";

const ALTERED = (ledger: string) => `
select o.name from ${ledger}.objects o
where o.kind = 'function' and pg_get_functiondef(to_regprocedure(o.name)) <> o.definition
order by o.place limit 5`;
const MIGRATE = "Run npx steward migrate.";

export async function examineMigrations(client: pg.Client, setting: Setting): Promise<Finding[]> {
  const findings = await examinePart(client, await enginePart(setting.engine.queueSchema), "Steward");
  if (setting.migrations !== undefined) {
    const part = { files: await readSqlFiles(setting.migrations), ledger: "app_migrations", library: undefined };
    findings.push(...(await examinePart(client, part, "the application")));
  }
  const changed = await findChanged(client, await readLifecycles(setting.lifecycles ?? ""), ENGINE_LEDGER);
  const names = changed.map(({ name }) => name).join(", ");
  if (changed.length > 0)
    findings.push(problem(`The database does not have these lifecycle files as they are now: ${names}.`, MIGRATE));
  return findings;
}

async function examinePart(client: pg.Client, part: Part, whose: string): Promise<Finding[]> {
  const plan = await planOf(client, part);
  const files = [...plan.migrations, ...plan.functions].map(({ name }) => name);
  const findings: Finding[] = [];
  if (!isEmpty(plan)) {
    const first =
      files.length === 0 ? "" : ` (${files[0]}${files.length > 1 ? ` and ${files.length - 1} more files` : ""})`;
    findings.push(problem(`The database does not have the present migrations of ${whose}${first}.`, MIGRATE));
  }
  const { rows } = await client.query<{ has: boolean }>("select to_regclass($1) is not null as has", [
    `${part.ledger}.objects`,
  ]);
  if (!rows[0]?.has) return findings;
  if ((await recorded(client, part.ledger)).length === 0) {
    return [
      ...findings,
      hint(
        `Nobody has noted yet which objects ${whose} has here, so this cannot tell whether any is missing.`,
        MIGRATE,
      ),
    ];
  }
  const altered = await client.query<{ name: string }>(ALTERED(part.ledger));
  for (const { name } of altered.rows) {
    const next = `Run what this says: select definition from ${part.ledger}.objects where kind = 'function' and name = '${name}';`;
    findings.push(problem(`Somebody has changed the function ${name}, which migrations of ${whose} made.`, next));
  }
  const lost = await findLost(client, part);
  if (lost.length > 0)
    findings.push(problem(`The database lacks what migrations of ${whose} made: ${naming(lost)}.`, MIGRATE));
  return findings;
}
