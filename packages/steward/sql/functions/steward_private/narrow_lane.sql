create or replace function steward_private.narrow_lane(lane text, begun_at timestamptz)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  -- Once for all that were under way together: half of the places is left, not half for each that failed.
  update steward.lanes l
  set places = greatest(floor(l.places) / 2, 1), narrowed_at = clock_timestamp()
  where l.name = narrow_lane.lane and l.places is not null
    and (l.narrowed_at is null or l.narrowed_at < narrow_lane.begun_at)
$$;

comment on function steward_private.narrow_lane(text, timestamptz) is
  'Halves the places of a lane whose service failed or was late in an attempt that began at begun_at. For fail_step.';
