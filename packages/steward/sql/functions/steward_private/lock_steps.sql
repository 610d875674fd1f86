create or replace function steward_private.lock_steps(run_ids uuid[], statuses text[])
returns table (step_id bigint, run_id uuid, status steward.step_status)
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
  -- In the order in which steward_private.succeed_steps locks them.
  v_step_ids bigint[] := array(
    select s.id from steward.steps s
    where s.run_id = any (lock_steps.run_ids) and s.status::text = any (lock_steps.statuses)
    order by s.id
  );
begin
  -- One by one, as steward_private.lock_runs says.
  return query
  select s.id, s.run_id, s.status
  from unnest(v_step_ids) as k (id)
  cross join lateral (
    select s.id, s.run_id, s.status from steward.steps s
    where s.id = k.id and s.status::text = any (lock_steps.statuses)
    for no key update
  ) s;
end
$$;

comment on function steward_private.lock_steps(uuid[], text[]) is
  'Locks those steps of runs that are locked already that have one of these statuses, in the order of their ids, and returns them. The work is linear in the steps, whatever workers change meanwhile. For the engine.';
