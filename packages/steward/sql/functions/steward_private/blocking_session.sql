create or replace function steward_private.blocking_session(pid integer)
returns text
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with recursive chain (pid) as (
    select unnest(pg_blocking_pids(blocking_session.pid))
    union
    select b.pid from chain c cross join lateral unnest(pg_blocking_pids(c.pid)) as b (pid)
  )
  select case
    when c.pid = 0 then coalesce(
      (
        select format('the prepared transaction %s of %s, open since %s', p.gid, p.owner, to_char(p.prepared at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
        from chain w
        join pg_catalog.pg_locks asked on asked.pid in (w.pid, blocking_session.pid) and not asked.granted
        -- The locks of a prepared transaction have no process; the one on its own number tells which they are.
        join pg_catalog.pg_locks held on held.pid is null and held.granted
          and (held.locktype, held.database, held.relation, held.page, held.tuple, held.transactionid, held.classid, held.objid, held.objsubid)
            is not distinct from (asked.locktype, asked.database, asked.relation, asked.page, asked.tuple, asked.transactionid, asked.classid, asked.objid, asked.objsubid)
        join pg_catalog.pg_locks own on own.locktype = 'transactionid' and own.pid is null and own.virtualtransaction = held.virtualtransaction
        join pg_catalog.pg_prepared_xacts p on p.transaction = own.transactionid
        order by p.prepared
        limit 1
      ),
      'a prepared transaction'
    )
    else concat_ws(
      ', ',
      'session ' || c.pid, a.usename, nullif(a.application_name, ''), a.state,
      'its transaction open since ' || to_char(a.xact_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    )
  end
  from chain c
  left join pg_catalog.pg_stat_activity a on a.pid = c.pid
  -- Of those who wait in a row the first, whom nobody blocks.
  order by cardinality(pg_blocking_pids(c.pid)), a.xact_start
  limit 1
$$;

comment on function steward_private.blocking_session(integer) is
  'Who holds the lock that a database process waits for, in words: its process id, role, application name and, as far as the owner may see it, state and since when its transaction is open; never what it runs. Null when it waits for none. For workers.';
