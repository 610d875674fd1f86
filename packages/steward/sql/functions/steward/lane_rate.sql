create or replace function steward.lane_rate(lane text)
returns double precision
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select sum(r.steps) / greatest(extract(epoch from clock_timestamp() - min(r.since)), 5)::double precision
  from steward_private.lane_rates r
  where r.lane = lane_rate.lane and r.since > clock_timestamp() - interval '1 minute'
$$;

comment on function steward.lane_rate(text) is
  E'@behavior -*\nSteps of a lane that succeeded per second within the last minute; null when none did. For readers and operators.';
