create or replace function steward_private.widen_lanes(lanes text[], steps integer[])
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  -- The row is held for as long as this takes, and not until a disk has written it: a step that fails meanwhile wants it too.
  perform set_config('synchronous_commit', 'off', true);
  with wanted as (
    select l.name, u.steps
    from unnest(widen_lanes.lanes, widen_lanes.steps) as u (lane, steps)
    join steward.lanes l on l.name = u.lane
    where l.places < l.at_once * (select greatest(count(*), 1) from steward_private.workers)
      and exists (select from steward_private.due_backlog(l.name, null) offset 0) -- nobody waits: nothing is known of more
    order by l.name
    for no key update of l skip locked
  )
  update steward.lanes l
  set places = least(
    l.at_once * (select greatest(count(*), 1) from steward_private.workers),
    -- Twice as many each round until the service was in trouble for the first time; then one more each round: 1/places for each step.
    case when l.narrowed_at is null then l.places + w.steps else sqrt(l.places * l.places + 2 * w.steps) end
  )
  from wanted w
  where l.name = w.name;
end
$$;

comment on function steward_private.widen_lanes(text[], integer[]) is
  'Gives lanes more places, for so many steps that succeeded just now without their service being slow; only where others wait, at most at_once for each worker. For workers, each second.';
