create or replace function app_private.retry_runs(run_ids uuid[])
returns uuid[]
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_run_ids uuid[];
begin
  perform app_private.lock_projects(retry_runs.run_ids);
  v_run_ids := array(
    select r.id from app_public.runs r
    where r.id = any (retry_runs.run_ids) and r.status in ('failed', 'cancelled')
    order by r.id
    for no key update
  );

  with again as (
    update app_public.steps s
    set
      status = 'waiting',
      lease = s.lease + 1,
      attempts = 0,
      ready_at = now(),
      finished_at = null
    where s.run_id = any (v_run_ids) and s.status in ('failed', 'cancelled')
    returning s.run_id, s.name, s.item
  ),
  batches as (
    -- Counted as part of the batch again, no longer in the run's own figures.
    insert into app_private.batch_progress (run_id, name, backend, total)
    select a.run_id, a.name, pg_backend_pid(), count(*) from again a where a.item is not null group by a.run_id, a.name
  )
  update app_public.runs r
  set
    status = 'running',
    finished_at = null,
    error_code = null,
    error_message = null,
    failed = greatest(r.failed - a.steps, 0),
    total = r.total - a.batch_steps
  from (
    select run_id, count(*) as steps, count(*) filter (where item is not null) as batch_steps from again group by run_id
  ) a
  where r.id = a.run_id;

  perform app_private.advance_runs(v_run_ids);
  perform app_private.reflect_projects(v_run_ids);
  return v_run_ids;
end
$$;

comment on function app_private.retry_runs(uuid[]) is
  'Runs again what is not done of those of the runs that failed or were cancelled. Raises a unique violation when another run of the kind is open for the subject. Returns the runs retried. For the engine.';
