create or replace function steward_private.rejoin_workers(worker_id integer)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_uses_lock boolean := (select w.uses_lock from steward_private.workers w where w.id = rejoin_workers.worker_id);
begin
  if v_uses_lock is null or v_uses_lock and not pg_try_advisory_lock(steward_private.lock_class('workers'), rejoin_workers.worker_id) then
    return false;
  end if;
  -- Looked at again with the lock: whoever had it until now may have taken the worker for gone.
  update steward_private.workers w set session_pid = pg_backend_pid() where w.id = rejoin_workers.worker_id;
  if not found and v_uses_lock then
    perform pg_advisory_unlock(steward_private.lock_class('workers'), rejoin_workers.worker_id);
  end if;
  return found;
end
$$;

comment on function steward_private.rejoin_workers(integer) is
  'Makes the calling session the sign of life of a worker whose former session broke. False when it has been taken for gone already, or its former session still lingers. For workers.';
