create or replace function steward_private.suspend_runs(run_ids uuid[])
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
  v_open_ids uuid[];
begin
  perform steward_private.lock_subjects(suspend_runs.run_ids);
  v_open_ids := steward_private.lock_runs(suspend_runs.run_ids, '{pending,running}');

  perform steward_private.lock_steps(v_open_ids, '{queued,running,retrying}');
  perform steward_private.keep_attempts(
    array(select s from steward.steps s where s.run_id = any (v_open_ids) and s.status = 'running'), 'suspended'
  );

  update steward.steps s
  set
    status = case when s.status = 'running' then 'queued' else s.status end::steward.step_status,
    lease = s.lease + 1,
    attempts = case when s.status = 'running' then s.attempts - 1 else s.attempts end,
    is_backlog = false,
    is_dirty = false
  where s.run_id = any (v_open_ids) and s.status in ('queued', 'running', 'retrying');

  update steward.runs r
  set status = 'suspended'
  where r.id = any (v_open_ids);
  perform steward_private.tell_changes(v_open_ids, 'suspended');
  return v_open_ids;
end
$$;

comment on function steward_private.suspend_runs(uuid[]) is
  'Holds the steps of those of the runs that are open, running ones included. Returns the runs suspended. For the engine.';
