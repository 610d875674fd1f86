create or replace function steward_private.free_places(lane text)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_places numeric := (select floor(l.places) from steward.lanes l where l.name = free_places.lane);
begin
  if v_places is null then
    return null;
  end if;
  v_places := v_places - (
    select count(*) from steward.steps s where s.worker_id is not null and s.lane <> 'database' and s.lane = free_places.lane
  );
  -- A share of what is free: nothing is locked here, and others who ask at the same moment see the same.
  return greatest(ceil(v_places / greatest((select count(*) from steward_private.workers), 1)), 0);
end
$$;

comment on function steward_private.free_places(text) is
  'How many steps of a lane a worker may begin now, so that those of all workers stay about within lanes.places; null: as many as it likes. For begin_jobs and claim_steps.';
