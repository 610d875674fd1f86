create or replace function steward_private.settle_steps(step_ids bigint[])
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
  v_run_ids uuid[];
begin
  -- A batch that is complete by the counters is worth a lock and a look. Called in a transaction of its own after each
  -- completion, so that whoever commits last sees all the others.
  v_run_ids := array(
    select b.run_id
    from (
      select distinct s.run_id, s.name from steward.steps s where s.id = any (settle_steps.step_ids)
    ) b
    cross join lateral (
      select coalesce(sum(p.done + p.failed) >= sum(p.total), true) as is_complete
      from steward_private.batch_progress p
      where p.run_id = b.run_id and p.name = b.name
    ) c
    where c.is_complete
  );
  if v_run_ids = '{}' then
    return '{}';
  end if;
  return steward_private.advance_runs(v_run_ids);
end
$$;

comment on function steward_private.settle_steps(bigint[]) is
  'Advances the runs of steps that have just ended, if their batch is complete. Call it after the commit of the completion. Returns the runs that ended. For workers.';
