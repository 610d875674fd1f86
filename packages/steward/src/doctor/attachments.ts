// Whether attached tables are there, with their triggers, enabled.
import type pg from "pg";
import { type Finding, hint, problem } from "./finding.ts";

interface Attachment {
  readonly table_id: string;
  readonly table_name: string;
  /** Its present name; null where somebody has dropped it. */
  readonly present_name: string | null;
  readonly has_key: boolean;
  readonly wanted: number;
  readonly present: number;
  readonly disabled: string[];
}

const FIND = `
select a.table_id::oid::text as table_id, a.table_name, format('%I.%I', n.nspname, t.relname) as present_name,
  a.key_columns = steward_private.key_columns(a.table_id) as has_key, g.disabled, g.present,
  num_nonnulls(a.on_insert, a.on_update, a.on_delete, a.on_delete)::int as wanted
from steward.attachments a
left join (pg_class t join pg_namespace n on n.oid = t.relnamespace) on t.oid = a.table_id
cross join lateral (
  select count(*)::int as present, coalesce(array_agg(g.tgname::text) filter (where g.tgenabled = 'D'), '{}') as disabled
  from pg_trigger g
  where g.tgrelid = t.oid and g.tgname like '\\_900\\_steward\\_%'
) g
order by a.table_name`;

const MISSED = "select count(*)::int as count from steward.missed_starts";

export async function examineAttachments(client: pg.Client): Promise<Finding[]> {
  const { rows } = await client.query<Attachment>(FIND);
  const { rows: missed } = await client.query<{ count: number }>(MISSED);
  const count = missed[0]?.count ?? 0;
  if (count === 0) return rows.flatMap(judge);
  const message = `${count} rows were written whose runs could not be started.`;
  return [...rows.flatMap(judge), hint(message, "steward.missed_starts says why; workers go on trying.")];
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
