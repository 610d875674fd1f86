// Whether attached tables are there, with their triggers, enabled.
import type pg from "pg";
import type { Finding } from "../config/define.ts";
import { sqlState } from "../migrate/sql-error.ts";
import { hint, problem } from "./finding.ts";

interface Attachment {
  readonly table_id: string;
  readonly table_name: string;
  /** Its present name; null where somebody has dropped it. */
  readonly present_name: string | null;
  readonly has_key: boolean;
  readonly wanted: number;
  readonly present: number;
  readonly disabled: string[];
  /** Row security holds for its owner too, whom workers are. */
  readonly hides_rows: boolean;
}

const FIND = `
select a.table_id::oid::text as table_id, a.table_name,
  case when t.oid is not null then format('%I.%I', n.nspname, t.relname) end as present_name,
  a.key_columns = steward_private.key_columns(a.table_id) as has_key, g.disabled, g.present,
  coalesce(t.relrowsecurity and t.relforcerowsecurity, false) as hides_rows,
  num_nonnulls(a.on_insert, a.on_update, a.on_delete, a.on_delete)::int as wanted
from steward.attachments a
left join (pg_class t join pg_namespace n on n.oid = t.relnamespace) on t.oid = a.table_id
cross join lateral (
  select count(*)::int as present, coalesce(array_agg(g.tgname::text) filter (where g.tgenabled = 'D'), '{}') as disabled
  from pg_trigger g
  where g.tgrelid = t.oid and g.tgname like '\\_900\\_steward\\_%'
) g
order by a.table_name`;

/** Raises ST424 where it could not be attached like this today: a column that was renamed, an owner who changed. */
const CHECK = `
select steward_private.check_attachment(a.table_id, a), steward_private.trigger_function(a.table_id, a, e.event, e.kind, 'checked')
from steward.attachments a
cross join lateral (values ('insert', a.on_insert), ('update', a.on_update), ('delete', a.on_delete)) e (event, kind)
where a.table_id = $1::oid and e.kind is not null`;

const MISSED = "select count(*)::int as count from steward.missed_starts";

export async function examineAttachments(client: pg.Client): Promise<Finding[]> {
  const { rows } = await client.query<Attachment>(FIND);
  const { rows: missed } = await client.query<{ count: number }>(MISSED);
  const count = missed[0]?.count ?? 0;
  const findings = [...rows.flatMap(judge), ...rows.filter(({ hides_rows }) => hides_rows).map(hidden)];
  for (const attachment of rows) findings.push(...(await check(client, attachment)));
  if (count === 0) return findings;
  const message = `${count} rows were written whose runs could not be started.`;
  return [...findings, hint(message, "steward.missed_starts says why; workers go on trying.")];
}

async function check(client: pg.Client, { table_id, present_name, has_key }: Attachment): Promise<Finding[]> {
  if (present_name === null || !has_key) return [];
  try {
    await client.query(CHECK, [table_id]);
    return [];
  } catch (error) {
    if (sqlState(error) !== "ST424") throw error;
    return [
      problem((error as Error).message, `Call steward.attach for ${present_name} again, with the names of today.`),
    ];
  }
}

function hidden({ table_name }: Attachment): Finding {
  return hint(
    `Row security is forced on ${table_name}, for its owner too: tasks see and change only rows that a policy shows them.`,
    `alter table ${table_name} no force row level security; or a policy for the owner.`,
  );
}

function judge({ table_id, table_name, present_name, has_key, wanted, present, disabled }: Attachment): Finding[] {
  const migrate = "Run npx steward migrate.";
  if (present_name === null)
    return [problem(`The attached table ${table_name} is gone.`, `select steward.detach(${table_id});`)];
  if (!has_key)
    return [problem(`The primary key of ${present_name} is not what it was when it was attached.`, migrate)];
  if (present_name !== table_name)
    return [
      hint(`The attached table ${table_name} is called ${present_name} now; runs still say the former.`, migrate),
    ];
  if (present < wanted)
    return [problem(`${table_name} lacks triggers of its attachment: it has ${present} of ${wanted}.`, migrate)];
  if (disabled.length === 0) return [];
  return [
    problem(
      `Somebody has disabled triggers of ${table_name}: ${disabled.join(", ")}.`,
      `alter table ${table_name} enable trigger ...`,
    ),
  ];
}
