create or replace function steward_private.lower_priority(run_ids uuid[])
returns void
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
  v_run_ids uuid[];
  v_ready_ids bigint[];
  v_lanes text[];
begin
  with lowered as (
    update steward.runs r
    set priority = 10
    where r.id = any (lower_priority.run_ids) and r.priority < 10
    returning r.id
  )
  select array_agg(l.id) into v_run_ids from lowered l;

  with lowered as (
    update steward.steps s
    set priority = s.priority + 10, is_backlog = s.status in ('queued', 'retrying')
    where s.run_id = any (v_run_ids) and s.status in ('waiting', 'queued', 'retrying')
    returning s.id, s.lane, s.is_backlog
  )
  select array_agg(l.id) filter (where l.is_backlog), array_agg(distinct l.lane) filter (where l.is_backlog)
  into v_ready_ids, v_lanes
  from lowered l;
  if v_ready_ids is null then
    return;
  end if;
  perform graphile_worker.remove_job('step:' || s.id) from unnest(v_ready_ids) as s (id);
  perform steward_private.wake_drains(v_lanes);
end
$$;

comment on function steward_private.lower_priority(uuid[]) is
  'Makes runs that were started or retried in this transaction wait as bulk work does, however few they are. For the backfill.';
