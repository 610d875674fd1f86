create or replace function steward_private.choose_lanes(step_ids bigint[])
returns text[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_nestloop = off -- what is joined is looked up by id first, so that each row is read once
set enable_hashjoin = on -- whoever calls this may have turned it off
set enable_mergejoin = off
set jit = off
as $$
declare
  v_asked record;
  v_lanes text[];
  v_chosen text[] := '{}';
begin
  for v_asked in
    select d.lane_by, array_agg(s.id order by s.id) as ids, array_agg(d.lane order by s.id) as lanes,
      array_agg(r.subject_id order by s.id) as subject_ids, array_agg(s.item order by s.id) as items, array_agg(r.input order by s.id) as inputs
    from steward.steps s
    join steward.runs r on r.id = s.run_id
    join steward.lifecycle_steps d on d.kind = r.kind and d.name = s.name and d.lane_by is not null
    where s.id = any (choose_lanes.step_ids)
      and r.id = any (array(select t.run_id from steward.steps t where t.id = any (choose_lanes.step_ids)))
    group by d.lane_by
  loop
    execute format('select %s($1, $2, $3)', v_asked.lane_by) into v_lanes using v_asked.subject_ids, v_asked.items, v_asked.inputs;
    with chosen as (
      select c.id, coalesce(l.name, c.lane) as lane
      from unnest(v_asked.ids, v_asked.lanes, v_lanes) as c (id, lane, name)
      left join steward.lanes l on l.name = c.name
    ),
    moved as (
      update steward.steps s
      set lane = c.lane
      from chosen c
      where s.id = any (v_asked.ids) and s.id = c.id and s.lane <> c.lane
    )
    select v_chosen || array_agg(distinct c.lane) into v_chosen from chosen c;
  end loop;
  return v_chosen;
end
$$;

comment on function steward_private.choose_lanes(bigint[]) is
  'Puts steps that are about to begin into the lanes that lifecycle_steps.lane_by says, and returns these. For start_runs and request_steps.';
