create or replace function steward_private.is_paused(task text, lane text, run_id uuid)
returns boolean
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  return exists (select from steward.pauses)
    and exists (
      select from steward.pauses p
      where p.what = 'task' and p.name = is_paused.task
        or p.what = 'lane' and p.name = is_paused.lane
        or p.what = 'lifecycle' and p.name = (select r.kind from steward.runs r where r.id = is_paused.run_id)
    );
end
$$;

comment on function steward_private.is_paused(text, text, uuid) is
  'Whether a step of this task, lane and run may not begin because somebody paused one of them or the run''s lifecycle. For the engine.';
