create or replace function steward_private.lock_free_runs(run_ids uuid[])
returns uuid[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
declare
  v_run_ids uuid[] := steward_private.lock_subjects(lock_free_runs.run_ids, wait => false);
begin
  return array(
    select r.id from steward.runs r
    where r.id = any (v_run_ids)
    order by r.id
    for no key update skip locked
  );
end
$$;

comment on function steward_private.lock_free_runs(uuid[]) is
  'Locks those of the runs, after what their end would change, that nobody else has locked, and returns them: for whoever must not wait for an application''s transaction. For the engine.';
