// What the engine makes for an application out of rows: the rights of readers and operators and the triggers of attachments. Neither is a file's,
// and steward.revoke_reader and steward.detach take it away again; but as long as the row is there, it must be there.
import type pg from "pg";
import { inTransaction, patiently } from "./apply.ts";

// A function that was made again has lost its grants; a dump that was restored where the role was not yet has neither grants nor policies.
const READERS = `
select 'reader ' || r.role_name as name, steward_private.apply_reader(r.role_name)
from steward_private.readers r
join pg_roles p on p.rolname = r.role_name
where not has_schema_privilege(p.oid, 'steward', 'usage')
  or not has_table_privilege(p.oid, 'steward.runs', 'select')
  or not has_table_privilege(p.oid, 'steward.steps', 'select')
  or not has_table_privilege(p.oid, 'steward_private.batch_progress', 'select')
  or exists (
    select from unnest(array['runs_progress(steward.runs)', 'steps_rate(steward.steps)', 'server_health()', 'is_adopted()']) f
    where not has_function_privilege(p.oid, 'steward.' || f, 'execute')
  )
  or not r.all_runs and 3 <> (select count(*) from pg_policy o where o.polname = 'narrowed_for_' || r.role_name)
order by 1`;

const OPERATORS = `
select 'operator ' || o.role_name as name, steward_private.apply_operator(o.role_name)
from steward_private.operators o
join pg_roles p on p.rolname = o.role_name
where not has_schema_privilege(p.oid, 'steward', 'usage')
  or exists (
    select from pg_class c
    where c.relnamespace = 'steward'::regnamespace and c.relkind in ('r', 'v') and not has_table_privilege(p.oid, c.oid, 'select')
  )
  or not has_function_privilege(p.oid, 'steward.explain_run(uuid)', 'execute')
  or exists (
    select from pg_proc f
    where f.pronamespace = 'steward'::regnamespace and f.proname in ('retry', 'cancel', 'pause', 'release_worker')
      and has_function_privilege(p.oid, f.oid, 'execute') <> o.steers
  )
order by 1`;

const CHANGED = "select 'the present name of ' || name as name from unnest(steward_private.follow_tables()) name";

// A partition that came later has none, and what an earlier version attached follows a TRUNCATE under any isolation level.
const ATTACHMENTS = `
select 'attachment ' || a.table_name as name, steward_private.drop_triggers(a.table_id), steward_private.make_triggers(a.table_id, a)
from steward.attachments a
where exists (
  select from pg_class c
  where (c.oid = a.table_id or c.oid in (select p.relid from pg_partition_tree(a.table_id) p))
    and num_nonnulls(a.on_insert, a.on_update, a.on_delete, a.on_delete) <> (
      select count(*) from pg_trigger t where t.tgrelid = c.oid and t.tgname like '\\_900\\_steward\\_%' and t.tgenabled <> 'D'
    )
)
or exists (
  select from pg_trigger t join pg_proc f on f.oid = t.tgfoid
  where t.tgrelid = a.table_id and t.tgname = '_900_steward_truncate' and f.prosrc not like '%refuse_old_snapshot%'
)
order by 1`;

/** Makes it again where it is missing, and returns what for. */
export async function restoreGenerated(client: pg.Client): Promise<string[]> {
  const names: string[] = [];
  for (const statement of [READERS, OPERATORS, CHANGED, ATTACHMENTS]) {
    await patiently(() =>
      inTransaction(client, async () => {
        const { rows } = await client.query<{ name: string }>(statement);
        names.push(...rows.map(({ name }) => name));
      }),
    );
  }
  return names;
}
