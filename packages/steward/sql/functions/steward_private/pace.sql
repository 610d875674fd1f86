create or replace function steward_private.pace(length interval, part interval)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
  with parts as (
    select p.at
    from (select date_bin(pace.part, clock_timestamp(), timestamptz 'epoch') as at) now
    cross join generate_series(now.at - pace.length + pace.part, now.at, pace.part) p (at)
  ),
  done as (
    select date_bin(pace.part, r.since, timestamptz 'epoch') as at, sum(r.steps) as steps
    from (
      select l.since, l.steps from steward_private.lane_rates l
      union all
      select d.since, d.steps from steward_private.day_rates d
    ) r
    where r.since > statement_timestamp() - pace.length
    group by 1
  ),
  failed as (
    select date_bin(pace.part, g.finished_at, timestamptz 'epoch') as at, count(*) as runs
    from (
      select r.finished_at from steward.runs r
      where r.status in ('failed', 'cancelled') and r.finished_at > statement_timestamp() - pace.length and r.status::text = 'failed'
      order by r.finished_at desc
      limit 10000 -- more is not counted: a look must cost the same on a bad day
    ) g
    group by 1
  )
  select jsonb_agg(jsonb_build_object('at', p.at, 'done', coalesce(d.steps, 0), 'failed', coalesce(f.runs, 0)) order by p.at)
  from parts p
  left join done d on d.at = p.at
  left join failed f on f.at = p.at
$$;

comment on function steward_private.pace(interval, interval) is
  'Steps that succeeded and runs that failed within this time, part by part. For steward.overview and steward.pace_of_day.';
