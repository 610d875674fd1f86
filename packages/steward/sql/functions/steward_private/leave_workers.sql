create or replace function steward_private.leave_workers(worker_id integer)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with gone as (
    delete from steward_private.workers w where w.id = leave_workers.worker_id returning w.pool_id
  )
  -- Jobs that it locked without hearing of it; and those whose end could not be written.
  select graphile_worker.force_unlock_workers(array_agg(j.locked_by))
  from gone g join graphile_worker.jobs j on j.locked_by = g.pool_id
  having count(*) > 0
$$;

comment on function steward_private.leave_workers(integer) is
  'A worker that has nothing under way goes, and leaves no job locked. For workers.';
