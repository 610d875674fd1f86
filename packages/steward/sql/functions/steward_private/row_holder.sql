create or replace function steward_private.row_holder()
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select h.words
  from (
    select a.xact_start as at, format('session %s (%s%s)%s', a.pid, coalesce(nullif(a.application_name, ''), a.usename),
      coalesce(', it last ran: ' || left(regexp_replace(nullif(a.query, '<insufficient privilege>'), '\s+', ' ', 'g'), 200), ''),
      coalesce(', whose transaction has been open since ' || steward_private.clock(a.xact_start), '')) as words
    from pg_catalog.pg_locks l
    join pg_catalog.pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'relation' and l.granted and l.mode in ('RowShareLock', 'RowExclusiveLock') and l.pid <> pg_backend_pid()
      and l.relation in ('steward.steps'::regclass, 'steward.runs'::regclass, 'graphile_worker._private_jobs'::regclass)
      -- Of other roles' sessions it may be unknown.
      and coalesce(a.xact_start < clock_timestamp() - interval '1 second', true)
    union all
    select p.prepared, format('the prepared transaction %s of %s, open since %s', p.gid, p.owner, steward_private.clock(p.prepared))
    from pg_catalog.pg_locks l
    join pg_catalog.pg_locks own on own.locktype = 'transactionid' and own.pid is null and own.virtualtransaction = l.virtualtransaction
    join pg_catalog.pg_prepared_xacts p on p.transaction = own.transactionid
    where l.locktype = 'relation' and l.pid is null
      and l.relation in ('steward.steps'::regclass, 'steward.runs'::regclass, 'graphile_worker._private_jobs'::regclass)
  ) h
  order by h.at
  limit 1
$$;

comment on function steward_private.row_holder() is
  'The session, or the prepared transaction, that has been writing runs, steps or jobs for the longest time, in words; null when none is seen. For steward.explain_run.';
