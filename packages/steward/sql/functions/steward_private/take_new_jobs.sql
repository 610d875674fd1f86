create or replace function steward_private.take_new_jobs(most integer, worker_id integer)
returns table (
  step_id bigint, lease integer, run_id uuid, kind text, name text, item text, task text, lane text,
  subject_table text, subject_id text, scope_id text, input jsonb, attempt smallint, timeout_ms integer
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set jit = off
as $$
#variable_conflict use_column
declare
  v_tasks text[] := (select w.tasks from steward_private.workers w where w.id = take_new_jobs.worker_id);
  v_priorities smallint[] := array(select distinct d.priority from steward.lifecycle_steps d order by d.priority);
  v_step_ids bigint[] := steward_private.remove_jobs('', v_tasks, v_priorities, take_new_jobs.most);
begin
  if v_step_ids <> '{}' then
    return query select * from steward_private.begin_jobs(v_step_ids, take_new_jobs.worker_id);
  end if;
end
$$;

comment on function steward_private.take_new_jobs(integer, integer) is
  'Takes jobs of steps out of graphile-worker''s queue, the most urgent first and at most so many, and begins their steps. For workers, when they hear of new jobs.';
