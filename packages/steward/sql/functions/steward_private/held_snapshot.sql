create or replace function steward_private.held_snapshot()
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce((
    select format(' Beside that: session %s (%s) has had a transaction open %s. Until it ends Postgres cannot clean up, and everything gets slower.',
      a.pid, coalesce(nullif(a.application_name, ''), a.usename),
      coalesce('since ' || steward_private.clock(a.xact_start), format('for %s other transactions', age(a.backend_xmin))))
    from pg_catalog.pg_stat_activity a
    where a.backend_xmin is not null and a.datname = current_database() and a.pid <> pg_backend_pid()
      and case
        when a.xact_start is not null
          then a.xact_start < clock_timestamp() - make_interval(secs => coalesce((select s.value from steward.settings s where s.name = 'held_snapshot_seconds'), 600))
        -- Another role's, whose time only members of pg_read_all_stats see. Processes of Postgres have no role.
        else a.usesysid is not null and age(a.backend_xmin) > 100000
      end
    order by a.xact_start
    limit 1
  ), '')
$$;

comment on function steward_private.held_snapshot() is
  'A sentence about the transaction that has kept Postgres from cleaning up for the longest time, if that is more than held_snapshot_seconds of steward.settings (600 unless set); empty otherwise. For steward.explain_run and steward.watch.';
