create or replace function steward_private.lock_holders(modes text[], of_engine boolean)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select string_agg(h.words, ', ')
  from (
    select
      case
        when l.pid is null then format('the prepared transaction %s of %s', p.gid, p.owner)
        else format('session %s (%s%s)', l.pid, coalesce(nullif(a.application_name, ''), a.usename), coalesce(', its transaction open since ' || steward_private.clock(a.xact_start), ''))
      end
        || case when l.granted then ' has locked ' else ' waits, before all others, to lock ' end || l.relation::regclass as words
    from pg_catalog.pg_locks l
    left join pg_catalog.pg_stat_activity a on a.pid = l.pid
    left join pg_catalog.pg_locks own
      on l.pid is null and own.locktype = 'transactionid' and own.pid is null and own.virtualtransaction = l.virtualtransaction
    left join pg_catalog.pg_prepared_xacts p on p.transaction = own.transactionid
    where l.locktype = 'relation' and l.mode = any (lock_holders.modes) and l.pid is distinct from pg_backend_pid()
      and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
      and l.relation in (
        select c.oid
        from pg_catalog.pg_class c
        where c.relkind in ('r', 'p')
          and (not lock_holders.of_engine or c.relnamespace in ('steward'::regnamespace, 'steward_private'::regnamespace, 'graphile_worker'::regnamespace))
      )
      -- Of other roles' sessions it may be unknown.
      and coalesce(a.xact_start < clock_timestamp() - interval '0.5 seconds', true)
    order by l.granted desc, a.xact_start
    limit 5
  ) h
$$;

comment on function steward_private.lock_holders(text[], boolean) is
  'Who has locked a whole table of this database, or of the engine alone, in one of these modes for half a second or longer, or waits to do so while others queue behind, in words; null when nobody is seen. For steward.explain_run and steward doctor.';
