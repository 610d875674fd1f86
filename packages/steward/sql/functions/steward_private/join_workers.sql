create or replace function steward_private.join_workers(
  pool_id text,
  host text,
  pid integer,
  uses_lock boolean,
  instance text default null,
  tasks text[] default null,
  version text default null
)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_id integer := nextval(pg_get_serial_sequence('steward_private.workers', 'id'));
begin
  -- The lock first: a row without its lock is a worker that is gone. Any login may have taken it: then another number, for a worker waits for nobody.
  while join_workers.uses_lock and not pg_try_advisory_lock(steward_private.lock_class('workers'), v_id) loop
    v_id := nextval(pg_get_serial_sequence('steward_private.workers', 'id'));
  end loop;
  insert into steward_private.workers (id, pool_id, host, pid, uses_lock, instance, tasks, session_pid)
  overriding system value
  values (v_id, join_workers.pool_id, join_workers.host, join_workers.pid, join_workers.uses_lock, join_workers.instance, join_workers.tasks, pg_backend_pid());
  insert into steward_private.known_workers (id, host, pid, version)
  values (v_id, join_workers.host, join_workers.pid, join_workers.version)
  on conflict (id) do update set host = excluded.host, pid = excluded.pid, version = excluded.version, started_at = now();
  -- Where the first worker comes is home.
  insert into steward_private.home (system_identifier, database_oid, database_name, instance)
  select c.system_identifier, d.oid, d.datname, join_workers.instance
  from pg_control_system() c
  join pg_database d on d.datname = current_database()
  on conflict (is_only) do nothing;
  return v_id;
end
$$;

comment on function steward_private.join_workers(text, text, integer, boolean, text, text[], text) is
  'Makes the calling session the sign of life of a new worker that has these tasks (null: any), and returns the worker''s id. When the session ends, the worker is taken for gone. For workers.';
