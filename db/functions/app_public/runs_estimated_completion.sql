create or replace function app_public.runs_estimated_completion(run app_public.runs)
returns timestamptz
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set enable_bitmapscan = off
set enable_sort = off
as $$
  select case
    -- What has come far enough tells by itself how fast it is.
    when p.percent >= 5 and r.started_at < clock_timestamp() - interval '1 second'
      then clock_timestamp() + (clock_timestamp() - r.started_at) * ((100 - p.percent) / p.percent)
    -- Whatever it is told by, not a time that is past.
    else greatest(r.created_at + p.total * past.per_step, case when past.per_step is not null then clock_timestamp() end)
  end
  from app_public.runs r
  cross join lateral app_public.runs_progress(r) p
  cross join lateral (
    select percentile_cont(0.5) within group (order by h.per_step) as per_step
    from (
      select (past.finished_at - past.created_at) / greatest(past.total, 1) as per_step
      from app_public.runs past
      where past.kind = r.kind and past.status = 'succeeded'
      order by past.finished_at desc
      limit 20
    ) h
  ) past
  where r.id = run.id and r.status in ('pending', 'running') and p.percent < 100
$$;

comment on function app_public.runs_estimated_completion(app_public.runs) is
  'When an open run will probably have ended: by its own rate, or by what the last runs of its kind took for each step. Null when nothing is known yet, and where the caller may not see the run.';

grant execute on function app_public.runs_estimated_completion(app_public.runs) to steward_user, steward_admin;
