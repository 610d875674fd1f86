// Whether the database has this version's migrations and the application's lifecycles, and whether what they made is there.
import { readdir } from "node:fs/promises";
import pg from "pg";
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
/** Triggers and rules that others have put on tables of the engine or of its queue. */
const FOREIGN = `
select 'trigger' as what, format('%I on %s', t.tgname, c.oid::regclass) as name
from pg_trigger t
join pg_class c on c.oid = t.tgrelid
where c.relnamespace in ('steward'::regnamespace, 'steward_private'::regnamespace, $1::regnamespace) and not t.tgisinternal and t.tgenabled <> 'D'
  and not exists (select from ${ENGINE_LEDGER}.objects o where o.kind = 'trigger' and o.name = format('%I on %s', t.tgname, c.oid::regclass))
union all
select 'rule', format('%I on %s', r.rulename, c.oid::regclass)
from pg_rewrite r
join pg_class c on c.oid = r.ev_class
where c.relnamespace in ('steward'::regnamespace, 'steward_private'::regnamespace, $1::regnamespace) and c.relkind in ('r', 'p') and r.ev_enabled <> 'D'
order by 2 limit 10`;

export async function examineMigrations(client: pg.Client, setting: Setting): Promise<Finding[]> {
  const findings = await examinePart(client, await enginePart(setting.engine.queueSchema), "Steward");
  if (setting.migrations !== undefined) {
    const part = { files: await readSqlFiles(setting.migrations), ledger: "app_migrations", library: undefined };
    findings.push(...(await examinePart(client, part, "the application")));
  }
  findings.push(...(await examineQueue(client, setting.engine.queueSchema)));
  const changed = await findChanged(client, await readLifecycles(setting.lifecycles ?? ""), ENGINE_LEDGER);
  const names = changed.map(({ name }) => name).join(", ");
  if (changed.length > 0)
    findings.push(problem(`The database does not have these lifecycle files as they are now: ${names}.`, MIGRATE));
  return findings;
}

async function examineQueue(client: pg.Client, schema: string): Promise<Finding[]> {
  const { rows: there } = await client.query<{ has: boolean }>(
    "select to_regclass($1) is not null and to_regclass($2) is not null as has",
    [`${ENGINE_LEDGER}.objects`, `${schema}.migrations`],
  );
  if (!there[0]?.has) return [];
  const { rows: foreign } = await client.query<{ what: string; name: string }>(FOREIGN, [schema]);
  const { rows: newer } = await client.query<{ id: number }>(
    `select max(id) as id from ${pg.escapeIdentifier(schema)}.migrations where breaking and id > $1 having count(*) > 0`,
    [await latestOfQueue()],
  );
  return [
    ...foreign.map(({ what, name }) =>
      hint(
        `Somebody has put a ${what} on a table of the engine: ${name}. Where it ${what === "rule" ? "turns what they write into something else" : "raises an error"}, workers cannot go on.`,
        `drop ${what} ${name}; if nobody needs it.`,
      ),
    ),
    ...newer.map(({ id }) =>
      problem(
        `The queue in schema ${schema} is of a newer graphile-worker, with migration ${id} that the one here does not know: no worker starts.`,
        "Start workers with that version, or bring the queue back from a backup.",
      ),
    ),
  ];
}

/** The last migration of the queue that the graphile-worker here brings: its files are numbered. */
async function latestOfQueue(): Promise<number> {
  const files = await readdir(new URL("../sql/", import.meta.resolve("graphile-worker")));
  return Math.max(...files.map((name) => Number.parseInt(name, 10)));
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
