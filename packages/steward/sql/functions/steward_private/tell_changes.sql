create or replace function steward_private.tell_changes(run_ids uuid[], change text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_hook record;
begin
  for v_hook in
    select l.on_change as name, array_agg(r.id) as run_ids
    from (
      select r.id, r.kind from steward.runs r
      where r.id = any (tell_changes.run_ids)
      offset 0 -- looked up by id, whatever the statistics say
    ) r
    join steward.lifecycles l on l.kind = r.kind
    where l.on_change is not null
    group by l.on_change
    order by l.on_change
  loop
    execute format('select %s($1, $2)', v_hook.name) using v_hook.run_ids, tell_changes.change;
  end loop;
end
$$;

comment on function steward_private.tell_changes(uuid[], text) is
  'Calls lifecycles.on_change for these runs, once for each function. The change is ended, cancelled, suspended, resumed or retried. For the engine.';
