// What others have done to tables of the engine and of its queue that keeps workers from using them, or what is in them from being kept.
import type pg from "pg";
import type { Finding } from "../config/define.ts";
import type { Setting } from "../setting/index.ts";
import { problem } from "./finding.ts";

/** $1: the schema of the queue. */
const TABLES = `
with ours as (
  select c.*, c.oid::regclass::text as name
  from pg_class c
  where c.relkind in ('r', 'p') and c.relnamespace in ('steward'::regnamespace, 'steward_private'::regnamespace, $1::regnamespace)
)
select o.name, format('autovacuum is off for %s: it grows and slows down without end.', o.name) as message,
  format('alter table %s reset (autovacuum_enabled);', o.name) as next
from ours o
where exists (select from pg_options_to_table(o.reloptions) v where v.option_name = 'autovacuum_enabled' and not v.option_value::boolean)
union all
select o.name, format('%s belongs to %s, and not to %s as schema steward does: functions of the engine and workers are refused.', o.name, o.relowner::regrole, n.nspowner::regrole),
  format('As a superuser: alter table %s owner to %s;', o.name, n.nspowner::regrole)
from ours o join pg_namespace n on n.nspname = 'steward'
where not pg_has_role(n.nspowner, o.relowner, 'usage')
union all
-- Without a policy that lets everybody pass, as some of ours have it.
select o.name, format('Row security is forced on %s, for its owner too: workers see none of its rows, and can write none.', o.name),
  format('alter table %s no force row level security;', o.name)
from ours o
where o.relrowsecurity and o.relforcerowsecurity
  and not exists (select from pg_policy p where p.polrelid = o.oid and p.polpermissive and p.polcmd = '*' and pg_get_expr(p.polqual, p.polrelid) = 'true')
union all
select o.name, format('%s is unlogged: when Postgres crashes, all of it is gone, and a standby has none of it.', o.name),
  format('alter table %s set logged; (it is written anew, and nobody can use it meanwhile)', o.name)
from ours o
where o.relpersistence = 'u'
order by 1, 2`;

export async function examineTables(client: pg.Client, { engine }: Setting): Promise<Finding[]> {
  const { rows } = await client.query<{ message: string; next: string }>(TABLES, [engine.queueSchema]);
  return rows.map(({ message, next }) => problem(message, next));
}
