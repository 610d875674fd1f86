create or replace function steward_private.resume_runs(run_ids uuid[])
returns uuid[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_nestloop = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_resumed_ids uuid[];
begin
  perform steward_private.lock_subjects(resume_runs.run_ids);
  with resumed as (
    update steward.runs r
    set status = case when r.started_at is null then 'pending' else 'running' end::steward.run_status
    where r.id = any (resume_runs.run_ids) and r.status::text = 'suspended'
    returning r.id
  )
  select array_agg(id) into v_resumed_ids from resumed;

  perform steward_private.tell_changes(v_resumed_ids, 'resumed');
  perform steward_private.enqueue_steps(array(
    select s.id from steward.steps s
    where s.run_id = any (v_resumed_ids) and s.status in ('queued', 'retrying')
  ));
  perform steward_private.advance_runs(v_resumed_ids);
  return coalesce(v_resumed_ids, '{}');
end
$$;

comment on function steward_private.resume_runs(uuid[]) is
  'Lets those of the runs that are suspended go on. Returns the runs resumed. For the engine.';
