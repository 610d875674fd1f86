create or replace function steward_private.postpone_step(step_id bigint)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select graphile_worker.add_job(
    s.task, json_build_object('step', s.id::text),
    run_at => clock_timestamp() + interval '2 seconds' * (0.75 + random() / 2), job_key => 'step:' || s.id, priority => s.priority
  )
  from steward.steps s
  where s.id = postpone_step.step_id and s.status in ('queued', 'retrying') and not s.is_backlog
$$;

comment on function steward_private.postpone_step(bigint) is
  'Gives a step that could not begin, for a lock of somebody else''s, a job in two seconds. For workers.';
