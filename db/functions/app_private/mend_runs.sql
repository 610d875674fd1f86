create or replace function app_private.mend_runs()
returns uuid[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_tasks text[];
  v_pool_ids text[];
  v_lost_ids bigint[];
  v_lanes text[];
begin
  if not pg_try_advisory_xact_lock(app_private.lock_class('mend'), 0) then
    return '{}';
  end if;

  v_tasks := array(select d.task from app_private.lifecycle_steps d union select 'drain');

  -- Jobs that a worker took while nobody knew it, for its session had broken, and before it was known again it died.
  v_pool_ids := array(
    select distinct j.locked_by from graphile_worker.jobs j
    where j.locked_at < now() - interval '10 seconds'
      and j.task_identifier = any (v_tasks)
      and not exists (select from app_private.workers w where w.pool_id = j.locked_by)
  );
  if v_pool_ids <> '{}' then
    begin
      perform graphile_worker.force_unlock_workers(v_pool_ids);
    exception
      when lock_not_available then null; -- somebody is replacing one of the jobs: the next time, then
    end;
  end if;

  -- Steps that are due but have no job that would begin them: it was deleted by hand, given up by graphile-worker, or locked by
  -- a worker that never heard of it, for the answer to its query was lost. Whoever does hear begins the step within moments.
  v_lost_ids := array(
    select s.id
    from app_public.steps s
    join app_public.runs r on r.id = s.run_id
    where s.status in ('queued', 'retrying') and not s.is_backlog
      and s.ready_at < now() - interval '10 seconds'
      and r.status in ('pending', 'running')
      and not exists (
        select from graphile_worker.jobs j
        where j.key = 'step:' || s.id
          and case when j.locked_at is null then j.attempts < j.max_attempts else j.locked_at > now() - interval '10 seconds' end
      )
    order by s.ready_at
    limit app_private.bulk_threshold()
  );
  perform app_private.enqueue_steps(v_lost_ids);

  -- The same for a backlog that is due. One drain too many does no harm.
  v_lanes := array(
    select l.name
    from app_private.lanes l
    where (l.open_until is null or l.open_until < now() - interval '10 seconds')
      and exists (
        select from app_public.steps s
        where s.is_backlog and s.lane = l.name and s.ready_at < now() - interval '10 seconds' and s.worker_id is null
      )
      and not exists (
        select from graphile_worker.jobs j
        where (j.key = 'drain:' || l.name or starts_with(j.key, 'drain:' || l.name || ':'))
          and case
            when j.locked_at is null then j.attempts < j.max_attempts and j.run_at <= now()
            else j.locked_at > now() - interval '10 seconds'
          end
      )
  );
  perform app_private.wake_drains(v_lanes);

  -- Jobs in whose place others were put, once nobody holds them any more.
  perform graphile_worker.complete_jobs(array(
    select j.id from graphile_worker.jobs j
    where j.key is null and j.attempts >= j.max_attempts and j.locked_at is null
      and j.task_identifier = any (v_tasks)
  ));

  -- Batches whose last worker died between its commit and its look.
  return app_private.advance_runs(array(
    select r.id
    from app_public.runs r
    where r.id in (
      select p.run_id
      from app_private.batch_progress p
      group by p.run_id
      having sum(p.done + p.failed) >= sum(p.total)
    )
    for no key update skip locked
  ));
end
$$;

comment on function app_private.mend_runs() is
  'Finds what a crash at the worst moment, or a hand in the queue, may have left lying: jobs of workers nobody knows, steps without a job, a backlog without a drain, complete batches nobody looked at. Returns the runs that ended. For every worker, each few seconds.';
