create or replace function steward_private.lock_runs(run_ids uuid[], statuses text[])
returns uuid[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
begin
  -- One by one and not by `= any`: Postgres looks again at a row that somebody changed meanwhile, and would walk through all keys for
  -- it. Of fifty thousand runs the workers changed more in that time, and so on.
  return array(
    select r.id
    from (select distinct unnest(lock_runs.run_ids) as id order by 1) k
    cross join lateral (
      select r.id from steward.runs r
      where r.id = k.id and r.status::text = any (lock_runs.statuses)
      for no key update
    ) r
  );
end
$$;

comment on function steward_private.lock_runs(uuid[], text[]) is
  'Locks those of the runs that have one of these statuses, in the order of their ids, and returns them. The work is linear in the runs, whatever workers change meanwhile. For the engine.';
