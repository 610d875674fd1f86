create or replace function steward_private.claim_ranges(of_lane text, ranges jsonb, most integer, out step_ids bigint[], out reached jsonb)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why: the first few in the order of the index are wanted, not all of them sorted
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_range record;
  v_found record;
begin
  step_ids := '{}';
  reached := claim_ranges.ranges;
  for v_range in
    select a.ordinality::integer - 1 as place, r.task, r.priority, coalesce(r.ready_at, '-infinity') as ready_at, coalesce(r.id, 0) as id
    from jsonb_array_elements(claim_ranges.ranges) with ordinality as a
    cross join jsonb_to_record(a.value) as r (task text, priority smallint, ready_at timestamptz, id bigint)
  loop
    select array_agg(s.id) as ids, max(s.ready_at) as ready_at into v_found
    from (
      select s.id, s.ready_at
      from steward.steps s
      where s.is_backlog and s.lane = claim_ranges.of_lane and s.task = v_range.task and s.priority = v_range.priority
        and (s.ready_at, s.id) > (v_range.ready_at, v_range.id)
        and s.ready_at <= clock_timestamp() and s.worker_id is null
      order by s.ready_at, s.id
      limit claim_ranges.most - cardinality(step_ids)
      for no key update skip locked
    ) s;
    if v_found.ids is not null then
      step_ids := step_ids || v_found.ids;
      reached[v_range.place] := reached[v_range.place]
        || jsonb_build_object('ready_at', v_found.ready_at, 'id', v_found.ids[cardinality(v_found.ids)]);
    end if;
    exit when cardinality(step_ids) >= claim_ranges.most;
  end loop;
end
$$;

comment on function steward_private.claim_ranges(text, jsonb, integer) is
  'Locks the first steps of a lane''s backlog in these ranges, at most so many, and passes over those that others have locked. Each range (task, priority) is looked at from the step on that it names (ready_at, id), which is how they come back in reached. For claim_steps.';
