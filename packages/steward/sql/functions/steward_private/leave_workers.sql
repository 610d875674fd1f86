create or replace function steward_private.leave_workers(worker_id integer)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_pool_id text;
begin
  -- What a lock of somebody else's kept it from giving back: others rescue it, under the next lease, and it has used up nothing.
  update steward.steps s
  set attempts = s.attempts - 1, lease = s.lease + 1
  where s.id = any (array(
    select l.id from steward.steps l
    where l.worker_id = leave_workers.worker_id and l.status = 'running'
    order by l.id
    for no key update skip locked
  ));

  delete from steward_private.workers w where w.id = leave_workers.worker_id returning w.pool_id into v_pool_id;
  -- Jobs that it locked without hearing of it; and those whose end could not be written.
  begin
    if exists (select from graphile_worker.jobs j where j.locked_by = v_pool_id) then
      perform graphile_worker.force_unlock_workers(array[v_pool_id]);
    end if;
  exception
    when lock_not_available then null; -- somebody has locked the queue: steward_private.mend_jobs unlocks them later
  end;
end
$$;

comment on function steward_private.leave_workers(integer) is
  'A worker that acts no more goes: it leaves no job locked, and no attempt used up that it could not give back. For workers.';
