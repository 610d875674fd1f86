create or replace function steward_private.due_backlog(lane text, worker_id integer)
returns table (task text, priority smallint, ready_at timestamptz)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_tasks text[] := (select w.tasks from steward_private.workers w where w.id = due_backlog.worker_id);
begin
  if exists (select from steward.pauses p where p.what = 'lane' and p.name = due_backlog.lane) then
    return;
  end if;
  -- From one range of the index to the next: what nobody here can do, or what is not due, costs one look, however much it is.
  return query
  with recursive ranges as (
    (
      select s.task, s.priority, s.ready_at
      from steward.steps s
      where s.is_backlog and s.lane = due_backlog.lane
      order by s.task, s.priority, s.ready_at
      limit 1
    )
    union all
    select n.task, n.priority, n.ready_at
    from ranges r
    cross join lateral (
      select s.task, s.priority, s.ready_at
      from steward.steps s
      where s.is_backlog and s.lane = due_backlog.lane and (s.task, s.priority) > (r.task, r.priority)
      order by s.task, s.priority, s.ready_at
      limit 1
    ) n
  )
  select r.task, r.priority, r.ready_at
  from ranges r
  where r.ready_at <= clock_timestamp() and coalesce(r.task = any (v_tasks), true)
    and not exists (select from steward.pauses p where p.what = 'task' and p.name = r.task offset 0)
  order by r.priority, r.ready_at;
end
$$;

comment on function steward_private.due_backlog(text, integer) is
  'What of a lane''s backlog is due and the worker has the task for: each task and priority, with the time since when; the most urgent first. For claim_steps and due_lanes.';
