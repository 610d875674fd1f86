create or replace function steward_private.is_home(worker_id integer)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    (
      select
        h.system_identifier = (select c.system_identifier from pg_control_system() c)
        and h.database_oid = d.oid
        and h.database_name = d.datname
        and (
          is_home.worker_id is null
          or h.instance is not distinct from (select w.instance from steward_private.workers w where w.id = is_home.worker_id)
        )
      from steward_private.home h
      join pg_database d on d.datname = current_database()
    ),
    true -- no worker has come yet: nothing lies outside
  )
$$;

comment on function steward_private.is_home(integer) is
  'Whether this database is where it is at home, and the worker (unless null) one of its own: only then may it change what lies outside. For the engine.';
