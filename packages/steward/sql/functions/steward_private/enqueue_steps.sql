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

  for v_step in
    select s.id, s.task, s.priority, case when s.ready_at > now() then s.ready_at end as run_at,
      exists (select from graphile_worker.jobs j where j.key = 'step:' || s.id offset 0) as has_job
    from (
      select s.* from steward.steps s
      where s.id = any (enqueue_steps.step_ids) and not s.is_backlog and s.status::text in ('queued', 'retrying')
      offset 0
    ) s
    where exists (select from steward.runs r where r.id = s.run_id and r.status::text in ('pending', 'running') offset 0)
  loop
    -- A key for each: a step never has two live jobs. What replaces jobs goes through the whole queue where it expects it to be
    -- empty, so it is left out for those that have none (docs/decisions/held-snapshots.md).
    v_job := graphile_worker.add_job(
      v_step.task, json_build_object('step', v_step.id::text), job_key => 'step:' || v_step.id, run_at => v_step.run_at,
      priority => v_step.priority, job_key_mode => case when v_step.has_job then 'replace' else 'unsafe_dedupe' end
    );
  end loop;
end
$$;

comment on function steward_private.enqueue_steps(bigint[]) is
  'Makes queued or retrying steps begin at their ready_at: few by jobs of their own, many (and what was started in bulk) as backlog of their lane. Steps of suspended runs are left. For the engine.';
