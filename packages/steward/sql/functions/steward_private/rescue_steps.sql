create or replace function steward_private.rescue_steps(worker_id integer)
returns table (step_id bigint, run_id uuid, reason text)
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
  v_gone_ids integer[];
  v_gone_pool_ids text[];
  v_step_ids bigint[];
  v_failing_run_ids uuid[];
  v_run_ids uuid[];
  v_step steward.steps;
  v_queued_ids bigint[];
begin
  -- One rescuer is enough. After a restart of Postgres every worker gets time to come back for its lock.
  if now() < pg_postmaster_start_time() + interval '5 seconds' or not steward_private.take_turn('rescue') then
    return;
  end if;

  with gone as (
    delete from steward_private.workers w
    where w.id <> rescue_steps.worker_id
      and case
        when w.uses_lock then pg_try_advisory_xact_lock(steward_private.lock_class('workers'), w.id)
          or not steward_private.is_held(w.id, w.session_pid)
        else w.seen_at < now() - interval '5 seconds'
      end
    returning w.pool_id
  )
  select array_agg(g.pool_id) into v_gone_pool_ids from gone g;
  if v_gone_pool_ids <> '{}' then
    perform pg_sleep(0.1); -- a process that lives hears that its session has ended, and acts no more, before others act
  end if;

  v_gone_ids := array(
    select distinct s.worker_id from steward.steps s
    where s.worker_id is not null and not exists (select from steward_private.workers w where w.id = s.worker_id)
  );
  -- Not those that came back under a new id; and never workers of other programs, which we know nothing of.
  v_gone_pool_ids := array(
    select p.id from unnest(v_gone_pool_ids) as p (id)
    where not exists (select from steward_private.workers w where w.pool_id = p.id)
  );
  if v_gone_pool_ids <> '{}' then
    begin
      perform graphile_worker.force_unlock_workers(v_gone_pool_ids);
    exception
      when lock_not_available then null; -- somebody is replacing one of the jobs: steward_private.mend_jobs unlocks them later
    end;
  end if;

  -- Before a step fails for good because its worker is gone, the process has five seconds in all to give the step back: it may
  -- have lost nothing but its session.
  update steward.steps s
  set expires_at = clock_timestamp() + interval '3 seconds'
  where s.id = any (array(
    select l.id from steward.steps l
    where l.worker_id = any (v_gone_ids) and l.status = 'running' and l.attempts >= l.max_attempts and not l.is_dirty
      and l.expires_at > clock_timestamp() + interval '3 seconds'
    for no key update skip locked
  ));

  -- Once, a process that lives has five seconds in all as well, from now on: a lock of somebody else's, which is gone as this gets
  -- through, may have kept it from writing how the attempt ended until its time was over.
  update steward.steps s
  set expires_at = clock_timestamp() + interval '3 seconds'
  where s.id = any (array(
    select l.id
    from steward.steps l
    join steward.runs r on r.id = l.run_id
    left join steward.lifecycle_steps d on d.kind = r.kind and d.name = l.name
    where l.worker_id is not null and l.worker_id <> all (v_gone_ids) and l.status = 'running'
      and l.expires_at < clock_timestamp() - interval '2 seconds'
      and l.expires_at < l.begun_at + coalesce(d.timeout, interval '300 seconds') + interval '1 second'
    for no key update of l skip locked
  ));

  v_step_ids := array(
    select s.id from steward.steps s
    where s.worker_id is not null
      and (
        s.worker_id = any (v_gone_ids) and (s.status <> 'running' or s.attempts < s.max_attempts or s.is_dirty)
        or s.expires_at < clock_timestamp() - interval '2 seconds'
      )
  );
  if v_step_ids = '{}' then
    return;
  end if;

  -- Skip steps that another transaction has locked: no beat may wait for it; the next beat takes them. A single step that fails for
  -- good ends its run too, so lock the run and its subject first.
  v_failing_run_ids := array(
    select s.run_id from steward.steps s
    where s.id = any (v_step_ids) and s.item is null and s.status = 'running' and s.attempts >= s.max_attempts
  );
  v_run_ids := steward_private.lock_free_runs(v_failing_run_ids);
  v_step_ids := array(
    select s.id from steward.steps s
    where s.id = any (v_step_ids)
      and (
        s.worker_id = any (v_gone_ids) and (s.status <> 'running' or s.attempts < s.max_attempts or s.is_dirty)
        or s.expires_at < clock_timestamp() - interval '2 seconds'
      )
      and (s.run_id = any (v_run_ids) or s.run_id <> all (v_failing_run_ids))
    order by s.id
    for no key update skip locked
  );

  perform steward_private.keep_attempts(array(select s from steward.steps s where s.id = any (v_step_ids) and s.status = 'running'), 'rescued');

  return query
  update steward.steps s
  set
    worker_id = null,
    expires_at = null,
    lease = s.lease + 1,
    status = case
      when s.status <> 'running' then s.status
      when s.attempts >= s.max_attempts and not s.is_dirty then 'failed'
      else 'queued'
    end::steward.step_status,
    ready_at = now(),
    -- What was changed while it ran has not been tried yet.
    attempts = case when s.status = 'running' and s.is_dirty then 0 else s.attempts end,
    is_backlog = s.priority >= 10 and s.status = 'running' and (s.attempts < s.max_attempts or s.is_dirty),
    is_dirty = false,
    finished_at = case when s.status = 'running' and s.attempts >= s.max_attempts and not s.is_dirty then clock_timestamp() else s.finished_at end,
    error_code = case when s.status <> 'running' then s.error_code when s.worker_id = any (v_gone_ids) then 'ST402' else 'ST401' end,
    error_message = case
      when s.status <> 'running' then s.error_message
      when s.worker_id = any (v_gone_ids) then 'The worker that ran the step stopped before it was done.'
      else 'The step took longer than its timeout.'
    end
  where s.id = any (v_step_ids)
  returning s.id, s.run_id, s.error_code;

  for v_step in
    select * from steward.steps s where s.id = any (v_step_ids) and s.status = 'failed' and s.finished_at >= now()
  loop
    perform steward_private.count_failure(v_step.run_id, v_step.name, v_step.item);
  end loop;

  select array_agg(s.id) filter (where not s.is_backlog) into v_queued_ids
  from steward.steps s
  where s.id = any (v_step_ids) and s.status = 'queued';
  perform steward_private.enqueue_steps(v_queued_ids);
  perform steward_private.wake_drains(array(
    select distinct s.lane from steward.steps s where s.id = any (v_step_ids) and s.is_backlog
  ));
end
$$;

comment on function steward_private.rescue_steps(integer) is
  'Takes the steps of workers that are gone, and of attempts past their timeout, out of their hands: they begin again at once, or have failed when their attempts are used up (after five seconds, in which a worker that has only lost its session, or was kept by a lock from writing how an attempt ended, does that). Unlocks the jobs of workers that are gone. Returns what was rescued. For every worker, when steward_private.is_rescue_due says so; worker_id is the caller''s.';
