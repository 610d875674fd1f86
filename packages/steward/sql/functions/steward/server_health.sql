create or replace function steward.server_health(out migration text, out workers integer, out lag_seconds double precision)
returns record
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select
    (select max(a.name) from steward_private.applied a where a.kind = 'migration'),
    (select count(*) from steward.workers)::integer,
    (
      select coalesce(extract(epoch from now() - min(j.run_at)), 0)
      from graphile_worker.jobs j
      where j.locked_at is null and j.run_at <= now() and j.attempts < j.max_attempts
    )::double precision
$$;

comment on function steward.server_health() is
  E'@behavior -*\nThe newest migration that was applied, how many workers are alive, and how long the oldest job that may run has been waiting. For the server''s /readyz.';
