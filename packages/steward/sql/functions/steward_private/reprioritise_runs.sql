create or replace function steward_private.reprioritise_runs(run_ids uuid[], priority smallint)
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
  v_runs steward.runs[];
  v_ids uuid[];
  v_ready_ids bigint[];
begin
  v_ids := steward_private.lock_runs(reprioritise_runs.run_ids, '{pending,running,suspended}');
  v_runs := array(
    select r from steward.runs r
    where r.id = any (v_ids)
      and r.priority is distinct from reprioritise_runs.priority
  );
  v_ids := array(select u.id from unnest(v_runs) u);

  perform steward_private.lock_steps(v_ids, '{waiting,queued,retrying}');
  with moved as (
    update steward.steps s
    set priority = s.priority + reprioritise_runs.priority - u.priority
    from unnest(v_runs) u
    where s.run_id = any (v_ids) and s.run_id = u.id and s.status in ('waiting', 'queued', 'retrying')
    returning s.id, s.status, s.is_backlog
  )
  select array_agg(m.id) into v_ready_ids from moved m where m.status in ('queued', 'retrying') and not m.is_backlog;
  update steward.runs r set priority = reprioritise_runs.priority where r.id = any (v_ids);

  -- Jobs that wait get the new priority, or give way to the backlog.
  perform graphile_worker.remove_job('step:' || s.id) from unnest(v_ready_ids) as s (id);
  perform steward_private.enqueue_steps(v_ready_ids);
  return v_ids;
end
$$;

comment on function steward_private.reprioritise_runs(uuid[], smallint) is
  'Gives those of the runs that are open another priority, with their steps and jobs. Returns the runs changed. For steward_private.steer_runs.';
