create or replace function steward_private.cancel_runs(run_ids uuid[])
returns uuid[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_nestloop = off
set jit = off
set work_mem = '64MB' -- many runs and their steps pass through it
as $$
#variable_conflict use_column
declare
  v_open_ids uuid[];
  v_step_ids bigint[];
  v_step_run_ids uuid[];
  v_running_ids bigint[];
begin
  perform steward_private.lock_subjects(cancel_runs.run_ids);
  v_open_ids := steward_private.lock_runs(cancel_runs.run_ids, '{pending,running,suspended}');
  if v_open_ids = '{}' then
    return '{}';
  end if;

  select array_agg(l.step_id), array_agg(l.run_id), array_agg(l.step_id) filter (where l.status = 'running')
  into v_step_ids, v_step_run_ids, v_running_ids
  from steward_private.lock_steps(v_open_ids, '{waiting,queued,running,retrying}') l;
  perform steward_private.keep_attempts(array(select s from steward.steps s where s.id = any (v_running_ids)), 'cancelled');
  -- worker_id stays: an attempt may still be acting, until its worker says that it has stopped.
  update steward.steps s
  set status = 'cancelled', lease = s.lease + 1, is_backlog = false, is_dirty = false, finished_at = clock_timestamp()
  where s.id = any (v_step_ids);

  with folded as (
    delete from steward_private.batch_progress p
    where p.run_id = any (v_open_ids)
    returning p.run_id, p.total, p.done, p.failed
  ),
  counted as (
    select c.run_id, sum(c.total) as total, sum(c.done) as done, sum(c.failed) as failed
    from (
      select k.id, 0, 0, 0 from unnest(v_open_ids) as k (id)
      union all
      select s.run_id, 0, 0, 1 from unnest(v_step_run_ids) as s (run_id)
      union all
      select f.run_id, f.total, f.done, f.failed from folded f
    ) c (run_id, total, done, failed)
    group by c.run_id
  )
  update steward.runs r
  set
    status = 'cancelled',
    finished_at = clock_timestamp(),
    total = r.total + c.total,
    done = r.done + c.done,
    failed = r.failed + c.failed
  from counted c
  where r.id = any (v_open_ids) and r.id = c.run_id;

  perform steward_private.tell_changes(v_open_ids, 'cancelled');
  return v_open_ids;
end
$$;

comment on function steward_private.cancel_runs(uuid[]) is
  'Cancels those of the runs that are open: their steps stop, running ones as soon as their worker notices. Returns the runs cancelled. For the engine.';
