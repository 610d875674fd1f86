create or replace function steward.runs_estimated_completion(run steward.runs)
returns timestamptz
language sql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set enable_bitmapscan = off
set enable_sort = off
set jit = off
as $$
  select case
    -- What has come far enough tells by itself how fast it is.
    when p.percent >= 5 and r.started_at < clock_timestamp() - interval '1 second'
      then clock_timestamp() + (clock_timestamp() - r.started_at) * ((100 - p.percent) / p.percent)
    -- The first of its kind: how its lane moves at present is known, what its definition expects is a guess.
    when u.per_step is null
      then coalesce(clock_timestamp() + steward.backlog_time(r.id), greatest(r.created_at, r.started_at) + steward.expected_time(r.id))
    else greatest(r.created_at + p.total * u.per_step, clock_timestamp() + coalesce(steward.backlog_time(r.id), interval '0'))
  end
  from steward.runs r
  cross join lateral steward.runs_progress(r) p
  cross join lateral steward.usual_time(r.kind) as u (per_step)
  where r.id = run.id and r.status::text in ('pending', 'running') and p.percent < 100
$$;

comment on function steward.runs_estimated_completion(steward.runs) is
  'When an open run will probably have ended: by its own rate; before it has one, by what the last runs of its kind took for each step and by the backlog before it at the rate of its lane; of the first of a kind by that rate, or by what its definition expects of its steps. Null where the run has ended, and where the caller may not see it.';
