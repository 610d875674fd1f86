create or replace function steward_private.held_snapshot()
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce((
    select format(' Beside that: session %s (%s) has had a transaction open since %s. Until it ends Postgres cannot clean up, and everything gets slower.',
      a.pid, coalesce(nullif(a.application_name, ''), a.usename), steward_private.clock(a.xact_start))
    from pg_catalog.pg_stat_activity a
    where a.backend_xmin is not null and a.datname = current_database() and a.pid <> pg_backend_pid()
      and a.xact_start < clock_timestamp() - make_interval(secs => coalesce((select s.value from steward.settings s where s.name = 'held_snapshot_seconds'), 600))
    order by a.xact_start
    limit 1
  ), '')
$$;

comment on function steward_private.held_snapshot() is
  'A sentence about the transaction that has kept Postgres from cleaning up for the longest time, if that is more than held_snapshot_seconds of steward.settings (600 unless set); empty otherwise. For steward.explain_run and steward.watch.';
