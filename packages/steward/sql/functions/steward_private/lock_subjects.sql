create or replace function steward_private.lock_subjects(run_ids uuid[], wait boolean default true)
returns uuid[]
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
  v_locked_ids uuid[];
  v_all_locked_ids uuid[] := '{}';
begin
  for v_hook in
    select l.lock_subjects as name, array_agg(r.id) as run_ids
    from (
      select r.id, r.kind from steward.runs r
      where r.id = any (lock_subjects.run_ids)
      offset 0 -- looked up by id, whatever the statistics say
    ) r
    join steward.lifecycles l on l.kind = r.kind
    group by l.lock_subjects
    order by l.lock_subjects
  loop
    if v_hook.name is null then
      v_all_locked_ids := v_all_locked_ids || v_hook.run_ids;
    else
      execute format('select %s($1, $2)', v_hook.name) into v_locked_ids using v_hook.run_ids, lock_subjects.wait;
      v_all_locked_ids := v_all_locked_ids || v_locked_ids;
    end if;
  end loop;
  return v_all_locked_ids;
end
$$;

comment on function steward_private.lock_subjects(uuid[], boolean) is
  'Calls lifecycles.lock_subjects for these runs, once for each function. Returns the runs whose subjects are locked or need no lock; without wait, those that somebody else holds are left out. Call it before locking runs: the order everywhere is the application''s rows, then runs, then steps. For the engine.';
