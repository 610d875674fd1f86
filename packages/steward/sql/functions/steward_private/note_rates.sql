create or replace function steward_private.note_rates(lanes text[], steps integer[])
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
  insert into steward_private.lane_rates as r (lane, since, steps)
  select u.lane, date_bin('10 seconds', clock_timestamp(), 'epoch'), u.steps
  from unnest(note_rates.lanes, note_rates.steps) as u (lane, steps)
  order by u.lane
  on conflict (lane, since) do update set steps = r.steps + excluded.steps;
  with gone as (
    delete from steward_private.lane_rates r
    where r.lane = any (note_rates.lanes) and r.since < clock_timestamp() - interval '1 hour'
    returning r.since, r.steps
  )
  insert into steward_private.day_rates as d (since, steps)
  select date_bin('10 minutes', g.since, 'epoch') as since, sum(g.steps)
  from gone g
  group by 1
  order by 1
  on conflict (since) do update set steps = d.steps + excluded.steps;
  delete from steward_private.day_rates d where d.since < clock_timestamp() - interval '1 day';
end
$$;

comment on function steward_private.note_rates(text[], integer[]) is
  'Adds steps that succeeded just now to the rates of their lanes, and what is older than an hour to those of the day. For workers, every few seconds.';
