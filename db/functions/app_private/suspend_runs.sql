create or replace function app_private.suspend_runs(run_ids uuid[])
returns uuid[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  v_open_ids uuid[];
begin
  perform app_private.lock_projects(suspend_runs.run_ids);
  v_open_ids := array(
    select r.id from app_public.runs r
    where r.id = any (suspend_runs.run_ids) and r.status::text in ('pending', 'running')
    order by r.id
    for no key update
  );

  perform from app_public.steps s
  where s.run_id = any (v_open_ids) and s.status in ('queued', 'running', 'retrying')
  order by s.id -- as app_private.succeed_steps does
  for no key update;

  update app_public.steps s
  set
    status = case when s.status = 'running' then 'queued' else s.status end::app_public.step_status,
    lease = s.lease + 1,
    attempts = case when s.status = 'running' then s.attempts - 1 else s.attempts end,
    is_backlog = false,
    is_dirty = false
  where s.run_id = any (v_open_ids) and s.status in ('queued', 'running', 'retrying');

  update app_public.runs r
  set status = 'suspended'
  where r.id = any (v_open_ids);
  perform app_private.reflect_projects(v_open_ids);
  return v_open_ids;
end
$$;

comment on function app_private.suspend_runs(uuid[]) is
  'Holds the steps of those of the runs that are open, running ones included. Returns the runs suspended. For the engine.';
