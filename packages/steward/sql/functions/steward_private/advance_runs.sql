create or replace function steward_private.advance_runs(run_ids uuid[])
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
  v_open_ids uuid[];
  v_ready_ids bigint[];
  v_ended_ids uuid[];
begin
  perform steward_private.lock_subjects(advance_runs.run_ids);
  -- One at a time per run, so that what follows is exact. Each statement below sees what was committed before the lock was had.
  v_open_ids := array(
    select r.id from steward.runs r
    where r.id = any (advance_runs.run_ids)
      and r.status::text in ('pending', 'running') -- as text: docs/decisions/one-plan.md
    order by r.id
    for no key update
  );
  if v_open_ids = '{}' then
    return '{}';
  end if;

  with waiting as (
    select distinct s.run_id, s.name, s.after from steward.steps s where s.run_id = any (v_open_ids) and s.status = 'waiting'
  ),
  startable as (
    select w.run_id, w.name
    from waiting w
    where not exists (
      select from steward.steps p
      where p.run_id = w.run_id and p.name = any (w.after) and p.status <> 'succeeded'
      offset 0
    )
  ),
  ready as (
    update steward.steps s
    set status = 'queued', ready_at = now()
    from startable b
    where s.run_id = any (array(select b.run_id from startable b)) and s.status = 'waiting'
      and b.run_id = s.run_id and b.name = s.name
    returning s.id
  )
  select array_agg(id) into v_ready_ids from ready;
  perform steward_private.enqueue_steps(v_ready_ids);

  -- What waits for a step that failed for good can never begin.
  with waiting as (
    select distinct s.run_id, s.name, s.after from steward.steps s where s.run_id = any (v_open_ids) and s.status = 'waiting'
  ),
  vain as (
    select w.run_id, w.name
    from waiting w
    where exists (
      select from steward.steps p
      where p.run_id = w.run_id and p.name = any (w.after) and p.status in ('failed', 'cancelled')
      offset 0
    )
  ),
  hopeless as (
    update steward.steps s
    set status = 'cancelled', finished_at = clock_timestamp()
    from vain v
    where s.run_id = any (array(select v.run_id from vain v)) and s.status = 'waiting'
      and v.run_id = s.run_id and v.name = s.name
    returning s.run_id, s.name, s.item
  ),
  batches as (
    insert into steward_private.batch_progress as p (run_id, name, backend, failed)
    select h.run_id, h.name, pg_backend_pid(), count(*) from hopeless h where h.item is not null group by h.run_id, h.name
    on conflict (run_id, name, backend) do update set failed = p.failed + excluded.failed
  )
  update steward.runs r
  set failed = r.failed + h.single_steps
  from (select run_id, count(*) filter (where item is null) as single_steps from hopeless group by run_id) h
  where r.id = any (array(select h.run_id from hopeless h)) and r.id = h.run_id;

  with finished as (
    select r.id, f.name is not null as has_failed, f.error_code, f.error_message
    from steward.runs r
    left join lateral (
      select s.name, s.error_code, s.error_message from steward.steps s
      where s.run_id = r.id and s.status in ('failed', 'cancelled')
      order by s.status, s.finished_at
      limit 1
    ) f on true
    where r.id = any (v_open_ids)
      and not exists (
        select from steward.steps s
        where s.run_id = r.id and s.status in ('waiting', 'queued', 'running', 'retrying')
        offset 0
      )
  ),
  folded as (
    delete from steward_private.batch_progress p
    where p.run_id = any (array(select f.id from finished f))
    returning p.run_id, p.total, p.done, p.failed
  ),
  ended as (
    update steward.runs r
    set
      status = case when f.has_failed then 'failed' else 'succeeded' end::steward.run_status,
      finished_at = clock_timestamp(),
      started_at = coalesce(r.started_at, r.created_at),
      error_code = f.error_code,
      error_message = f.error_message,
      total = r.total + coalesce(b.total, 0),
      done = r.done + coalesce(b.done, 0),
      failed = r.failed + coalesce(b.failed, 0)
    from finished f
    left join (
      select run_id, sum(total) as total, sum(done) as done, sum(failed) as failed from folded group by run_id
    ) b on b.run_id = f.id
    where r.id = any (array(select f.id from finished f)) and r.id = f.id
    returning r.id
  )
  select array_agg(id) into v_ended_ids from ended;

  perform steward_private.tell_changes(v_ended_ids, 'ended');
  return coalesce(v_ended_ids, '{}');
end
$$;

comment on function steward_private.advance_runs(uuid[]) is
  'What follows: enqueues steps whose predecessors have all succeeded, cancels those whose predecessor failed, ends runs with nothing left to do. Returns the runs that ended; a run ends in exactly one call. For the engine.';
