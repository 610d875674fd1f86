create or replace function steward_private.forget_runs(after timestamptz default '-infinity', out next_after timestamptz, out removed integer)
returns record
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
declare
  c_runs constant integer := 500;
  c_steps constant integer := 5000;
  v_runs steward.runs[];
  v_ids uuid[];
  v_step_ids bigint[];
begin
  removed := 0;
  if not steward_private.take_turn('forget') then
    return;
  end if;
  v_runs := array(
    select r from steward.runs r
    where r.finished_at > forget_runs.after and r.finished_at < now() - steward_private.shortest_keep()
    order by r.finished_at
    fetch first c_runs rows with ties
  );
  -- A run that somebody is about to retry is locked, or not finished any more.
  v_ids := array(
    select r.id
    from steward.runs r
    where r.id = any (array(select f.id from unnest(v_runs) f where f.finished_at < steward.kept_since(f.kind, f.status)))
      and r.finished_at is not null
    order by r.id
    for update skip locked
  );

  v_step_ids := array(select s.id from steward.steps s where s.run_id = any (v_ids) limit c_steps);
  delete from steward_private.past_attempts a where a.step_id = any (v_step_ids);
  delete from steward.steps s where s.id = any (v_step_ids);
  removed := cardinality(v_step_ids);
  if removed = c_steps then
    next_after := forget_runs.after; -- there may be more of the same runs
    return;
  end if;
  delete from steward_private.batch_progress p where p.run_id = any (v_ids);
  delete from steward.runs r where r.id = any (v_ids);
  removed := removed + cardinality(v_ids);
  next_after := case when cardinality(v_runs) >= c_runs then v_runs[cardinality(v_runs)].finished_at end;
end
$$;

comment on function steward_private.forget_runs(timestamptz) is
  'Removes finished runs that are older than they are kept, with their steps: a bounded piece of those that finished after the given time. Returns where to go on (null: nothing is left to remove) and how many rows went. One worker at a time; for every worker.';
