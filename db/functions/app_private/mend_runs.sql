create or replace function app_private.mend_runs()
returns uuid[]
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_lost_ids bigint[];
  v_lanes text[];
begin
  if not pg_try_advisory_xact_lock(1398031447, -1) then
    return '{}';
  end if;

  -- Steps that are due but have no job any more: it was deleted by hand, or given up by graphile-worker.
  v_lost_ids := array(
    select s.id
    from app_public.steps s
    join app_public.runs r on r.id = s.run_id
    where s.status in ('queued', 'retrying') and not s.is_backlog
      and s.ready_at < now() - interval '10 seconds'
      and r.status in ('pending', 'running')
      and not exists (
        select from graphile_worker.jobs j
        where j.key = 'step:' || s.id and (j.locked_at is not null or j.attempts < j.max_attempts)
      )
    order by s.ready_at
    limit app_private.bulk_threshold()
  );
  perform app_private.enqueue_steps(v_lost_ids);

  v_lanes := array(
    select l.name
    from app_private.lanes l
    where exists (select from app_public.steps s where s.is_backlog and s.lane = l.name)
      and not exists (
        select from graphile_worker.jobs j
        where j.key = 'drain:' || l.name and (j.locked_at is not null or j.attempts < j.max_attempts)
      )
  );
  perform app_private.wake_drains(v_lanes);

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
  'Finds what a crash at the worst moment, or a hand in the queue, may have left lying: steps without a job, a backlog without a drain, complete batches nobody looked at. Returns the runs that ended. For every worker, each few seconds.';
