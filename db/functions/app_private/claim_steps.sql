create or replace function app_private.claim_steps(of_lane text, in_flight integer, worker_id integer)
returns table (
  step_id bigint, lease integer, run_id uuid, kind text, name text, item text, task text, lane text,
  subject_id uuid, input jsonb, attempt smallint, timeout_ms integer
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning anew at each call would cost more than the work
set enable_seqscan = off -- statistics lag behind a bulk signup: the first few in the order of the index are wanted, not all of them sorted
set enable_bitmapscan = off
set enable_sort = off
as $$
#variable_conflict use_column
declare
  v_allowed integer;
  v_free integer;
  v_step_ids bigint[];
begin
  -- An empty backlog must not use up the one probe that an open circuit lets through.
  if not exists (
    select from app_public.steps s
    where s.is_backlog and s.lane = claim_steps.of_lane and s.ready_at <= clock_timestamp() and s.worker_id is null
  ) then
    return;
  end if;
  select l.at_once - claim_steps.in_flight into v_free from app_private.lanes l where l.name = claim_steps.of_lane;
  if coalesce(v_free, 0) <= 0 then -- null: no such lane
    return;
  end if;
  v_allowed := app_private.enter_lane(claim_steps.of_lane, claim_steps.worker_id);

  v_step_ids := array(
    select s.id
    from app_public.steps s
    where s.is_backlog and s.lane = claim_steps.of_lane and s.ready_at <= clock_timestamp() and s.worker_id is null
    order by s.priority, s.ready_at, s.id
    limit least(v_free, v_allowed) -- least() passes over a null
    for no key update skip locked
  );
  return query select * from app_private.begin_steps(v_step_ids, claim_steps.worker_id);
  if v_allowed = 1 then
    perform app_private.note_probe(claim_steps.of_lane, case when found then v_step_ids[1] end);
  end if;
end
$$;

comment on function app_private.claim_steps(text, integer, integer) is
  'Begins steps out of a lane''s backlog, the most urgent first: as many as the lane allows a worker beside the in_flight ones it has. For drain jobs.';
