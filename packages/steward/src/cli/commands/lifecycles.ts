// steward lifecycles: what is defined, what starts it, and how much of it is under way.
import { type AddCommand, action } from "../action.ts";
import { cards } from "../output.ts";

interface Lifecycle {
  readonly kind: string;
  readonly steps: string;
  readonly started_by: string;
  readonly open_runs: number;
}

const LIST = `
select l.kind,
  coalesce((
    select string_agg(s.name || case when s.is_batch then '*' else '' end, ', ' order by cardinality(s.ancestors), s.name)
    from steward.lifecycle_steps s where s.kind = l.kind
  ), '') as steps,
  coalesce((
    select string_agg(concat_ws(' ', e.event, a.name), ', ' order by a.name, e.event)
    from (
      select a.*, coalesce((
        select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = a.table_id
      ), a.table_name || ' (gone)') as name
      from steward.attachments a
    ) a
    cross join lateral (values ('insert into', a.on_insert), ('update of', a.on_update), ('delete from', a.on_delete)) e (event, kind)
    where e.kind = l.kind
  ), '') as started_by,
  (select count(*)::int from steward.runs r where r.kind = l.kind and r.status in ('pending', 'running', 'suspended')) as open_runs
from steward.lifecycles l
order by l.kind`;

const add: AddCommand = (program) => {
  program
    .command("lifecycles")
    .summary("list what is defined and attached")
    .description(
      "Lists the lifecycles, their steps (* is a batch: one step for each of many items), and what starts them.",
    )
    .action(
      action(async (context) =>
        context.withDatabase(async (client) => {
          const { rows } = await client.query<Lifecycle>(LIST);
          const shown = rows.map(({ kind, steps, started_by, open_runs }) => ({
            head: [kind, `${open_runs} open`],
            lines: [`steps: ${steps}`, ...(started_by === "" ? [] : [`started by ${started_by}`])],
          }));
          context.print(rows.length === 0 ? "No lifecycle is defined." : cards(shown), rows);
        }),
      ),
    );
};

export default add;
