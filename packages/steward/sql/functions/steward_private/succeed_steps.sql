create or replace function steward_private.succeed_steps(step_ids bigint[], leases integer[])
returns bigint[]
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
  v_done_ids bigint[];
  v_again_ids bigint[];
  v_single_run_ids uuid[];
  v_ended_run_ids uuid[];
  v_lanes text[];
begin
  -- By filter, not where: the condition must not tempt the planner away from the primary key.
  select array_agg(s.run_id) filter (where s.item is null) into v_single_run_ids
  from steward.steps s
  where s.id = any (succeed_steps.step_ids);
  if v_single_run_ids is not null then
    perform steward_private.lock_subjects(v_single_run_ids);
    perform from steward.runs r where r.id = any (v_single_run_ids) order by r.id for no key update;
  end if;

  with held as (
    select s.id, s.is_dirty
    from steward.steps s
    join unnest(succeed_steps.step_ids, succeed_steps.leases) as h (id, lease) on h.id = s.id and h.lease = s.lease
    where s.id = any (succeed_steps.step_ids) and s.status = 'running'
    order by s.id
    for no key update of s
  ),
  ended as (
    update steward.steps s
    set
      status = case when h.is_dirty then 'queued' else 'succeeded' end::steward.step_status,
      worker_id = null,
      expires_at = null,
      is_dirty = false,
      attempts = case when h.is_dirty then 0 else s.attempts end,
      error_code = null,
      error_message = null,
      blocked_since = null,
      blocked_by = null,
      finished_at = case when not h.is_dirty then clock_timestamp() end
    from held h
    where s.id = any (succeed_steps.step_ids) and s.id = h.id
    returning s.id, s.run_id, s.name, s.item, s.lane, h.is_dirty
  ),
  batches as (
    insert into steward_private.batch_progress as p (run_id, name, backend, done)
    select e.run_id, e.name, pg_backend_pid(), count(*)
    from ended e
    where e.item is not null and not e.is_dirty
    group by e.run_id, e.name
    order by e.run_id, e.name
    on conflict (run_id, name, backend) do update set done = p.done + excluded.done
  ),
  -- Most runs end here: those without batches whose last step has succeeded, after all others. The rest is for advance_runs.
  singles as (
    update steward.runs r
    set
      done = r.done + e.steps,
      status = case when e.is_last then 'succeeded' else r.status end,
      started_at = case when e.is_last then coalesce(r.started_at, r.created_at) else r.started_at end,
      finished_at = case when e.is_last then clock_timestamp() else r.finished_at end,
      error_code = case when not e.is_last then r.error_code end,
      error_message = case when not e.is_last then r.error_message end
    from (
      select e.run_id, e.steps, r.done + e.steps = r.total and r.status::text in ('pending', 'running') and not exists (
        select from steward_private.batch_progress p where p.run_id = r.id offset 0
      ) as is_last
      from (select run_id, count(*) as steps from ended where item is null and not is_dirty group by run_id) e
      join steward.runs r on r.id = any (v_single_run_ids) and r.id = e.run_id
    ) e
    where r.id = any (v_single_run_ids) and r.id = e.run_id
    returning r.id, e.is_last
  )
  select
    (select array_agg(e.id) from ended e),
    (select array_agg(e.id) from ended e where e.is_dirty),
    (select array_agg(s.id) filter (where not s.is_last) from singles s),
    (select array_agg(s.id) filter (where s.is_last) from singles s),
    (select array_agg(distinct e.lane) from ended e)
  into v_done_ids, v_again_ids, v_single_run_ids, v_ended_run_ids, v_lanes;

  update steward.lanes l
  set failures = 0, down_since = null, open_until = null, probe_until = null, error_code = null, error_message = null
  where l.name = any (v_lanes) and (l.failures > 0 or l.open_until is not null);
  if exists (select from steward.refusals) then
    perform steward_private.forget_refusals(v_done_ids);
  end if;

  if v_again_ids is not null then
    perform steward_private.enqueue_steps(v_again_ids);
  end if;
  if v_ended_run_ids is not null then
    perform steward_private.tell_changes(v_ended_run_ids, 'ended');
  end if;
  if v_single_run_ids is not null then
    perform steward_private.advance_runs(v_single_run_ids);
  end if;
  return coalesce(v_done_ids, '{}');
end
$$;

comment on function steward_private.succeed_steps(bigint[], integer[]) is
  'Ends steps whose leases are held as succeeded, and with the last step of a run the run. Returns the ids that counted; the others had lost their lease. After batch steps call settle_steps once committed. For workers.';
