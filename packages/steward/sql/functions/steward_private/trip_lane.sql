create or replace function steward_private.trip_lane(lane text, error_code text, error_message text, wait_ms integer)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  update steward.lanes l
  set
    failures = l.failures + 1,
    down_since = coalesce(l.down_since, clock_timestamp()),
    -- Open for what the provider asked, or 2 to 15 s the longer it lasts: soon enough for nobody to wait long after it is back.
    open_until = case
      when l.failures + 1 >= l.failure_threshold or trip_lane.wait_ms is not null
      then greatest(
        l.open_until,
        clock_timestamp() + coalesce(trip_lane.wait_ms, least(2000 * power(2, least((l.failures + 1) / l.failure_threshold, 8) - 1), 15000)) * interval '1 millisecond'
      )
      else l.open_until
    end,
    probe_until = null,
    error_code = trip_lane.error_code,
    error_message = trip_lane.error_message
  where l.name = trip_lane.lane
$$;

comment on function steward_private.trip_lane(text, text, text, integer) is
  'Notes that a lane''s provider failed, and opens its circuit after enough failures in a row, or at once when the provider said how long to wait (milliseconds). For fail_step.';
