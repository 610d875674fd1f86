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
  v_emptied jsonb := coalesce(nullif(current_setting('steward.emptied', true), ''), '{}');
  v_since timestamptz := coalesce(v_emptied ->> take_jobs.of_lane, '-infinity')::timestamptz;
  v_tasks text[];
  v_priorities smallint[];
  v_task_ids integer[];
  v_job_ids bigint[];
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
  v_task_ids := array(
    select t.id
    from graphile_worker._private_tasks t
    where t.identifier = any (v_tasks)
      and coalesce(t.identifier = any ((select w.tasks from steward_private.workers w where w.id = take_jobs.worker_id)::text[]), true)
  );

  -- As graphile-worker takes jobs, but many at a time, and for good: a step that was begun needs its job no more. Whoever takes the
  -- step out of our hands makes another. What was due before this session last found nothing left is passed over, for it is gone, and
  -- under a snapshot that somebody holds open looking at it would take longer and longer; what came late graphile-worker finds.
  v_job_ids := array(
    select j.id
    from unnest(v_priorities) as p (priority)
    cross join lateral (
      select j.id
      from graphile_worker._private_jobs j
      where j.is_available
        and j.priority = p.priority
        and j.run_at >= v_since
        and j.run_at <= now()
        and j.task_id = any (v_task_ids)
        and j.job_queue_id is null
        and j.key ~ '^step:[0-9]{1,18}$'
      order by j.run_at
      limit v_free
      for update skip locked
    ) j
    limit v_free
  );
  if cardinality(v_job_ids) < v_free then
    perform set_config(
      'steward.emptied', (v_emptied || jsonb_build_object(take_jobs.of_lane, now() - interval '1 second'))::text, false
    );
  end if;
  if v_job_ids = '{}' then
    return;
  end if;
  with taken as (
    delete from graphile_worker._private_jobs j where j.id = any (v_job_ids) returning j.key
  )
  select array_agg(substr(t.key, 6)::bigint) into v_step_ids from taken t;
  return query select * from steward_private.begin_jobs(v_step_ids, take_jobs.worker_id);
end
$$;

comment on function steward_private.take_jobs(text, integer, integer) is
  'Takes jobs of steps of a lane out of graphile-worker''s queue, the most urgent first, and begins their steps, and of a chosen lane (lifecycle_steps.lane_by) those of the same tasks: as many as the lane allows a worker beside the in_flight ones it took so before. For workers, during a burst of single steps.';
