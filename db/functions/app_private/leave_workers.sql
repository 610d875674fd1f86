create or replace function app_private.leave_workers(worker_id integer)
returns void
language sql
volatile
security definer
set search_path = ''
as $$
  delete from app_private.workers w where w.id = leave_workers.worker_id
$$;

comment on function app_private.leave_workers(integer) is
  'A worker that has nothing under way goes. For workers.';
