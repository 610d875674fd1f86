create or replace function steward_private.end_attempts(step_ids bigint[], worker_id integer)
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
  v_queued_ids bigint[];
begin
  with ended as (
    update steward.steps s
    set worker_id = null, expires_at = null
    where s.id = any (end_attempts.step_ids) and s.worker_id = end_attempts.worker_id and s.status <> 'running'
    returning s.id, s.status
  )
  select array_agg(e.id) filter (where e.status = 'queued') into v_queued_ids from ended e;
  perform steward_private.enqueue_steps(v_queued_ids);
end
$$;

comment on function steward_private.end_attempts(bigint[], integer) is
  'A worker says that its attempts, whose leases were taken away (cancelled, suspended), have stopped acting. What may go on then, goes on. For workers.';
