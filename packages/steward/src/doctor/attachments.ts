// Whether attached tables are there, with their triggers, enabled.
import type pg from "pg";
import { type Finding, hint, problem } from "./finding.ts";

interface Attachment {
  readonly table_name: string;
  readonly is_there: boolean;
  readonly wanted: number;
  readonly present: number;
  readonly disabled: string[];
}

const FIND = `
select a.table_name, t.oid is not null as is_there, g.disabled, g.present,
  num_nonnulls(a.on_insert, a.on_update, a.on_delete, a.on_delete)::int as wanted
from steward.attachments a
left join pg_class t on t.oid = to_regclass(a.table_name)
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

function judge({ table_name, is_there, wanted, present, disabled }: Attachment): Finding[] {
  if (!is_there)
    return [
      problem(
        `The attached table ${table_name} is not there.`,
        "If it was dropped: delete from steward.attachments where table_name = ...",
      ),
    ];
  const attachAgain = "Run npx steward migrate, which makes them again.";
  if (present < wanted)
    return [problem(`${table_name} lacks triggers of its attachment: it has ${present} of ${wanted}.`, attachAgain)];
  if (disabled.length === 0) return [];
  return [
    problem(
      `Somebody has disabled triggers of ${table_name}: ${disabled.join(", ")}.`,
      `alter table ${table_name} enable trigger ...`,
    ),
  ];
}
