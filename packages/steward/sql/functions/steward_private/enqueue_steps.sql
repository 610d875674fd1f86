create or replace function steward_private.enqueue_steps(step_ids bigint[])
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_nestloop = on
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_is_many boolean := cardinality(enqueue_steps.step_ids) > steward_private.bulk_threshold();
  v_lanes text[];
  v_step record;
  v_spec graphile_worker.job_spec;
  v_replaced graphile_worker.job_spec[] := '{}';
  v_job record;
begin
  with bulk as (
    update steward.steps s
    set is_backlog = true
    where s.id = any (enqueue_steps.step_ids)
      and s.status in ('queued', 'retrying')
      and (v_is_many or s.priority >= 10) -- what was started in bulk stays in bulk
      and exists (
        select from steward.runs r
        where r.id = s.run_id and r.status::text in ('pending', 'running') -- a backlog that nobody may begin would be in everybody's way
        offset 0
      )
    returning s.lane
  )
  select array_agg(distinct b.lane) into v_lanes from bulk b;
  -- A few need no call, which all commits that call would have to wait for: workers look each second, and after what they end.
  if v_is_many then
    perform steward_private.wake_drains(v_lanes);
    return;
  end if;

  -- A key for each: a step never has two live jobs. add_jobs replaces jobs, and for that goes through the whole queue where it expects
  -- it to be empty, so steps that have no job are made one without it (docs/decisions/held-snapshots.md).
  for v_step in
    select
      (
        s.task, json_build_object('step', s.id::text), null,
        case when s.ready_at > now() then s.ready_at end, null, 'step:' || s.id, s.priority, null
      )::graphile_worker.job_spec as spec,
      exists (select from graphile_worker.jobs j where j.key = 'step:' || s.id offset 0) as has_job
    from (
      select s.* from steward.steps s
      where s.id = any (enqueue_steps.step_ids) and not s.is_backlog and s.status::text in ('queued', 'retrying')
      offset 0
    ) s
    where exists (select from steward.runs r where r.id = s.run_id and r.status::text in ('pending', 'running') offset 0)
  loop
    v_spec := v_step.spec;
    if v_step.has_job then
      v_replaced := v_replaced || v_spec;
    else
      v_job := graphile_worker.add_job(
        v_spec.identifier, v_spec.payload, run_at => v_spec.run_at, job_key => v_spec.job_key, priority => v_spec.priority,
        job_key_mode => 'unsafe_dedupe'
      );
    end if;
  end loop;
  if cardinality(v_replaced) > 0 then
    perform graphile_worker.add_jobs(v_replaced);
  end if;
end
$$;

comment on function steward_private.enqueue_steps(bigint[]) is
  'Makes queued or retrying steps begin at their ready_at: few by jobs of their own, many (and what was started in bulk) as backlog of their lane. Steps of suspended runs are left. For the engine.';
