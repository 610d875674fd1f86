create or replace function steward_private.take_jobs(of_lane text, in_flight integer, worker_id integer)
returns table (
  step_id bigint, lease integer, run_id uuid, kind text, name text, item text, task text, lane text,
  subject_table text, subject_id text, scope_id text, input jsonb, attempt smallint, timeout_ms integer
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why: the first few in the order of the index are wanted
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_free integer;
  v_tasks text[];
  v_priorities smallint[];
  v_step_ids bigint[];
begin
  select l.at_once - take_jobs.in_flight into v_free from steward.lanes l where l.name = take_jobs.of_lane;
  v_free := least(v_free, steward_private.free_places(take_jobs.of_lane)); -- least() passes over a null
  if coalesce(v_free, 0) <= 0 then -- null: no such lane
    return;
  end if;
  -- A lane that no definition names is one that lane_by chose. Its tasks have jobs of other lanes too: those begin beside, in their own.
  select array_agg(d.task), array_agg(distinct d.priority order by d.priority) into v_tasks, v_priorities
  from steward.lifecycle_steps d
  where d.lane = take_jobs.of_lane
    or (d.lane_by is not null and not exists (select from steward.lifecycle_steps f where f.lane = take_jobs.of_lane));
  v_tasks := array(
    select t.name
    from unnest(v_tasks) as t (name)
    where coalesce(t.name = any ((select w.tasks from steward_private.workers w where w.id = take_jobs.worker_id)::text[]), true)
  );
  v_step_ids := steward_private.remove_jobs(take_jobs.of_lane, v_tasks, v_priorities, v_free);
  if v_step_ids = '{}' then
    return;
  end if;
  return query select * from steward_private.begin_jobs(v_step_ids, take_jobs.worker_id);
end
$$;

comment on function steward_private.take_jobs(text, integer, integer) is
  'Takes jobs of steps of a lane out of graphile-worker''s queue, the most urgent first, and begins their steps, and of a chosen lane (lifecycle_steps.lane_by) those of the same tasks: as many as the lane allows a worker beside the in_flight ones it took so before. For workers, during a burst of single steps.';
