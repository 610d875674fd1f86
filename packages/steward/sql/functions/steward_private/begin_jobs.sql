create or replace function steward_private.begin_jobs(queued_ids bigint[], worker_id integer)
returns table (
  step_id bigint, lease integer, run_id uuid, kind text, name text, item text, task text, lane text,
  subject_table text, subject_id text, scope_id text, input jsonb, attempt smallint, timeout_ms integer
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '100ms' -- whoever waits here takes up places of the worker
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_nestloop = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_tasks text[] := (select w.tasks from steward_private.workers w where w.id = begin_jobs.worker_id);
  v_lane record;
  v_places integer;
  v_allowed integer;
  v_free integer;
  v_begin_ids bigint[] := '{}';
  v_hold_ids bigint[] := '{}';
  v_probe_lanes text[] := '{}';
  v_probe_ids bigint[] := '{}';
begin
  -- Where there is nothing to begin, no probe of an open circuit is used up for it.
  for v_lane in
    select s.lane as name,
      array_agg(s.id order by s.id) filter (where s.is_able) as ids,
      array_agg(s.id) filter (where not s.is_able) as foreign_ids
    from (
      select s.id, s.lane, coalesce(s.task = any (v_tasks), true) as is_able
      from steward.steps s
      where s.id = any (begin_jobs.queued_ids)
        and s.status in ('queued', 'retrying')
        and s.ready_at <= clock_timestamp()
        and s.worker_id is null
    ) s
    group by s.lane
    order by s.lane
  loop
    if v_lane.foreign_ids is not null then
      -- The job is of before its definition named another task: one of that task goes to a worker that has it.
      perform steward_private.enqueue_steps(v_lane.foreign_ids);
    end if;
    continue when v_lane.ids is null;
    v_places := (select steward_private.free_places(l.name) from steward.lanes l where l.name = v_lane.name and l.places is not null);
    v_allowed := case when v_places = 0 then 0 else steward_private.enter_lane(v_lane.name, begin_jobs.worker_id) end;
    v_free := least(v_places, v_allowed); -- least() passes over a null
    v_begin_ids := v_begin_ids || v_lane.ids[:coalesce(v_free, cardinality(v_lane.ids))];
    v_hold_ids := v_hold_ids || v_lane.ids[coalesce(v_free, cardinality(v_lane.ids)) + 1:];
    if v_allowed = 1 then
      v_probe_lanes := v_probe_lanes || v_lane.name;
      v_probe_ids := v_probe_ids || v_lane.ids[1];
    end if;
  end loop;

  if v_hold_ids <> '{}' then
    -- The provider is in trouble, or has enough to do: wait in the backlog, say why, and use up no attempt. Each with a job of its
    -- own, all that wait would ask every second. A run that is being suspended holds its steps by itself.
    with open as (
      select r.id from steward.runs r
      where r.id = any (array(select s.run_id from steward.steps s where s.id = any (v_hold_ids)))
        and r.status::text in ('pending', 'running') -- as text: docs/decisions/one-plan.md
      order by r.id
      for share
    )
    update steward.steps s
    set
      status = case when l.open_until is null then s.status else 'retrying' end,
      ready_at = greatest(l.open_until, s.ready_at),
      is_backlog = true,
      error_code = case when l.open_until is null then s.error_code else l.error_code end,
      error_message = case when l.open_until is null then s.error_message else l.error_message end
    from steward.lanes l
    where s.id = any (v_hold_ids)
      and l.name = s.lane
      and s.run_id = any (array(select o.id from open o))
      and s.status in ('queued', 'retrying')
      and s.ready_at <= clock_timestamp();
  end if;

  if v_begin_ids <> '{}' then
    return query select * from steward_private.begin_steps(v_begin_ids, begin_jobs.worker_id);
  end if;
  perform steward_private.note_probe(
    p.lane, (select s.id from steward.steps s where s.id = p.id and s.status = 'running')
  )
  from unnest(v_probe_lanes, v_probe_ids) as p (lane, id);
end
$$;

comment on function steward_private.begin_jobs(bigint[], integer) is
  'Begins the steps of jobs, except where a lane''s circuit is open or its places are taken: then they wait in the backlog, with the circuit''s reason as retrying, but for one that may probe. What is not returned has nothing to begin. For workers.';
