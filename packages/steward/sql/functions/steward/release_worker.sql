create or replace function steward.release_worker(worker integer, reason text default null)
returns text
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
  v_session_pid integer;
  v_steps bigint;
begin
  delete from steward_private.workers w where w.id = release_worker.worker
  returning w.pool_id, case when w.uses_lock and steward_private.is_held(w.id, w.session_pid) then w.session_pid end
  into v_pool_id, v_session_pid;
  if not found then
    raise exception using
      errcode = 'ST430',
      message = format('There is no worker %s.', release_worker.worker),
      hint = 'steward.workers lists them.';
  end if;
  if v_session_pid is not null then
    -- A process that still works hears at once that its session has ended, and acts no more before others act.
    begin
      perform pg_terminate_backend(v_session_pid);
      perform pg_sleep(0.1);
    exception
      when insufficient_privilege then null; -- the session of another role: it is noticed within a second
    end;
  end if;
  select count(*) into v_steps from steward.steps s where s.worker_id = release_worker.worker;
  perform graphile_worker.force_unlock_workers(array[v_pool_id]);
  perform steward_private.note_steering('release_worker', jsonb_build_object('worker', release_worker.worker), release_worker.reason);
  return format('Worker %s is not known any more: others take its %s steps within a second or two. If its process still works it notices within a second, stops what it does, and comes back as another worker.', release_worker.worker, v_steps);
end
$$;

comment on function steward.release_worker(integer, text) is
  E'@behavior -*\nTakes everything out of the hands of a worker that hangs: its steps begin again elsewhere, its jobs are unlocked. ST430: no such worker. For steward.grant_dba and the owner.';
