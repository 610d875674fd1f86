create or replace function steward.server_health(out migration text, out workers integer, out lag_seconds double precision)
returns record
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set enable_bitmapscan = off
set enable_sort = off
set jit = off
as $$
  with recursive priorities (priority) as (
    -- From one priority to the next: within each the queue's index has the oldest job first.
    (select j.priority from graphile_worker._private_jobs j where j.is_available order by j.priority limit 1)
    union all
    select (select j.priority from graphile_worker._private_jobs j where j.is_available and j.priority > p.priority order by j.priority limit 1)
    from priorities p
    where p.priority is not null
  )
  select
    (select max(a.name) from steward_private.applied a where a.kind = 'migration'),
    (select count(*) from steward.workers)::integer,
    (
      select coalesce(extract(epoch from now() - min(j.run_at)), 0)
      from priorities p
      cross join lateral (
        select j.run_at from graphile_worker._private_jobs j
        where j.is_available and j.priority = p.priority and j.run_at <= now()
        order by j.run_at
        limit 1
      ) j
    )::double precision
$$;

comment on function steward.server_health() is
  E'@behavior -*\nThe newest migration that was applied, how many workers are alive, and how long the oldest job that may run has been waiting. For the server''s /readyz.';
