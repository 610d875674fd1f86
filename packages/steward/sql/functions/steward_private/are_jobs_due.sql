create or replace function steward_private.are_jobs_due(tasks text[])
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- As graphile-worker does to take one: while somebody has locked these tables, no worker that takes none is to blame.
  lock table graphile_worker._private_jobs, graphile_worker._private_job_queues in row exclusive mode;
  -- Of graphile-worker's own table: the view cannot be locked, and a job that a transaction holds can be taken by nobody.
  perform from graphile_worker._private_jobs j
  where j.is_available
    and j.run_at < now() - interval '20 seconds'
    and j.job_queue_id is null
    and j.task_id = any (array(select t.id from graphile_worker._private_tasks t where t.identifier = any (are_jobs_due.tasks)))
  limit 1
  for update skip locked;
  return found;
end
$$;

comment on function steward_private.are_jobs_due(text[]) is
  'Whether jobs of these tasks have been due for 20 s that anybody could take; waits where somebody has locked the queue. For a worker that has taken none meanwhile, although it has places free.';
