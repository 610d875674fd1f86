create or replace function steward_private.claim_steps(of_lane text, in_flight integer, worker_id integer)
returns table (
  step_id bigint, lease integer, run_id uuid, kind text, name text, item text, task text, lane text,
  subject_table text, subject_id text, scope_id text, input jsonb, attempt smallint, timeout_ms integer
)
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
  c_several constant integer := 5;
  c_lanes constant integer := 10;
  v_began timestamptz := clock_timestamp();
  v_lanes jsonb := coalesce(nullif(current_setting('steward.claimed', true), ''), '{}');
  v_last record;
  v_ranges jsonb;
  v_free integer;
  v_allowed integer;
  v_step_ids bigint[];
  v_begun integer;
begin
  select least(l.at_once - claim_steps.in_flight, case when l.places is not null then steward_private.free_places(l.name) end) -- least() passes over a null
  into v_free
  from steward.lanes l where l.name = claim_steps.of_lane;
  if coalesce(v_free, 0) <= 0 then -- null: no such lane
    return;
  end if;
  -- What was begun stays in the index until vacuum comes, under a snapshot that somebody holds open for long: from the beginning, each claim of
  -- a large backlog would walk past all those before it. So a session that has claimed all it could several times goes on where it was, for
  -- twenty times as long as its look from the beginning took and a second at most: then it sees what came late or is more urgent.
  select l.claims, l.until, case when l.claims >= c_several and v_began between l.since and l.until then l.ranges end as ranges
  into v_last
  from jsonb_to_record(v_lanes -> claim_steps.of_lane) as l (worker_id integer, claims integer, since timestamptz, until timestamptz, ranges jsonb)
  where l.worker_id is not distinct from claim_steps.worker_id;
  v_ranges := coalesce(v_last.ranges, steward_private.due_ranges(claim_steps.of_lane, claim_steps.worker_id));
  if v_ranges is null then
    return; -- an empty backlog must not use up the one probe that an open circuit lets through
  end if;
  v_allowed := steward_private.enter_lane(claim_steps.of_lane, claim_steps.worker_id);
  v_free := least(v_free, v_allowed);

  select c.step_ids, c.reached into v_step_ids, v_ranges from steward_private.claim_ranges(claim_steps.of_lane, v_ranges, v_free) c;
  if v_last.ranges is not null and cardinality(v_step_ids) < v_free then
    v_last.ranges := null;
    v_ranges := steward_private.due_ranges(claim_steps.of_lane, claim_steps.worker_id);
    select c.step_ids, c.reached into v_step_ids, v_ranges from steward_private.claim_ranges(claim_steps.of_lane, v_ranges, v_free) c;
  end if;
  v_lanes := v_lanes - claim_steps.of_lane;
  if (select count(*) from jsonb_object_keys(v_lanes)) >= c_lanes then
    v_lanes := '{}'; -- where steps choose among thousands (lane_by), reading what is kept of each would take longer than a look
  end if;
  if cardinality(v_step_ids) = v_free then
    v_lanes := v_lanes || jsonb_build_object(claim_steps.of_lane, jsonb_build_object(
      'worker_id', claim_steps.worker_id, 'claims', coalesce(v_last.claims, 0) + 1, 'since', v_began, 'ranges', v_ranges,
      'until', case when v_last.ranges is null then v_began + least(20 * (clock_timestamp() - v_began), interval '1 second') else v_last.until end
    ));
  end if;
  perform set_config('steward.claimed', v_lanes::text, false);

  return query select * from steward_private.begin_steps(v_step_ids, claim_steps.worker_id);
  get diagnostics v_begun = row_count;
  if v_allowed = 1 then
    perform steward_private.note_probe(claim_steps.of_lane, case when v_begun > 0 then v_step_ids[1] end);
  end if;
  if v_begun < cardinality(v_step_ids) then
    -- What is paused was due at the last look from the beginning: the next one passes over it.
    perform set_config('steward.claimed', (v_lanes - claim_steps.of_lane)::text, false);
    -- What nobody may begin, or nobody while its lifecycle is paused, would be claimed again and again, before everything else.
    update steward.steps s
    set is_backlog = false
    where s.id = any (v_step_ids) and s.is_backlog
      and not exists (
        select from steward.runs r
        where r.id = s.run_id and r.status::text in ('pending', 'running')
          and not exists (select from steward.pauses p where p.what = 'lifecycle' and p.name = r.kind)
        offset 0
      );
    if found and v_begun = 0 then
      perform steward_private.wake_drains(array[claim_steps.of_lane]); -- no step ends that would have the worker claim again
    end if;
  end if;
end
$$;

comment on function steward_private.claim_steps(text, integer, integer) is
  'Begins steps out of a lane''s backlog whose tasks the worker has, the most urgent first: as many as the lane allows a worker beside the in_flight ones it has. For workers.';
