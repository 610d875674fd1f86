create or replace function steward_private.is_held(worker_id integer, session_pid integer)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from pg_catalog.pg_locks l
    where l.locktype = 'advisory' and l.granted and l.objsubid = 2
      and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
      and l.classid::bigint = steward_private.lock_class('workers') and l.objid::bigint = is_held.worker_id
      and l.pid = coalesce(is_held.session_pid, l.pid)
  )
$$;

comment on function steward_private.is_held(integer, integer) is
  'Whether a worker''s session holds its advisory lock, its sign of life: this session, for any login could hold the lock of a worker that has died; null: any. For workers.';
