create or replace function app_private.rejoin_workers(worker_id integer)
returns boolean
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from app_private.workers w
    where w.id = rejoin_workers.worker_id and (not w.uses_lock or pg_try_advisory_lock(app_private.lock_class('workers'), w.id))
  )
$$;

comment on function app_private.rejoin_workers(integer) is
  'Makes the calling session the sign of life of a worker whose former session broke. False when it has been taken for gone already, or its former session still lingers. For workers.';
