create or replace function steward_private.mend_steps(after timestamptz default '-infinity')
returns timestamptz
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
declare
  v_slice constant integer := 1000;
  v_due steward.steps[];
  v_lost_ids bigint[];
begin
  if not steward_private.take_turn('mend') then
    return null;
  end if;

  v_due := array(
    select s
    from steward.steps s
    where s.status in ('queued', 'retrying') and not s.is_backlog
      and s.ready_at > mend_steps.after and s.ready_at < now() - interval '10 seconds'
    order by s.ready_at
    fetch first v_slice rows with ties
  );

  -- Steps that are due but have no job that would begin them: it was deleted by hand, given up by graphile-worker, or locked by
  -- a worker that never heard of it, for the answer to its query was lost. A worker that does hear begins the step within moments.
  v_lost_ids := array(
    select s.id
    from unnest(v_due) s
    where exists (select from steward.runs r where r.id = s.run_id and r.status::text in ('pending', 'running') offset 0)
      and not steward_private.is_paused(s.task, s.lane, s.run_id)
      and not exists (
        select from graphile_worker.jobs j
        where j.key = 'step:' || s.id
          and case when j.locked_at is null then j.attempts < j.max_attempts else j.locked_at > now() - interval '10 seconds' end
        offset 0
      )
  );
  -- One that somebody has locked keeps none of the others waiting. Many wait as backlog from then on.
  perform steward_private.enqueue_steps(array(
    select s.id from steward.steps s
    where s.id = any (v_lost_ids)
    order by s.id
    for no key update skip locked
  ));

  -- Steps whose job graphile-worker has put off, for hours in the end, because they could not be begun: that has nothing to do with
  -- them, and may be over. So it is tried again every few seconds.
  perform graphile_worker.reschedule_jobs(
    array(
      select j.id
      from unnest(v_due) s
      cross join lateral (
        select j.id from graphile_worker.jobs j
        where j.key = 'step:' || s.id and j.locked_at is null and j.run_at > now()
        offset 0
      ) j
      where exists (select from steward.runs r where r.id = s.run_id and r.status::text in ('pending', 'running') offset 0)
    ),
    run_at => now(), attempts => 0
  );
  return case when cardinality(v_due) >= v_slice then v_due[cardinality(v_due)].ready_at end;
end
$$;

comment on function steward_private.mend_steps(timestamptz) is
  'Gives jobs (where many lack one: a place in the backlog) to steps that have been due for a while without one, and makes due those that were put off. Looks at the next thousand steps that became due after the given time, and returns where to go on; null: from the beginning. For every worker, each few seconds.';
