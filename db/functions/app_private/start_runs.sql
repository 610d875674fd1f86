create or replace function app_private.start_runs(
  kind text,
  subject_ids uuid[],
  owner_ids uuid[] default null,
  project_ids uuid[] default null,
  inputs jsonb[] default null
)
returns uuid[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set work_mem = '64MB' -- a bulk signup's runs and steps pass through it
as $$
#variable_conflict use_column
declare
  v_steps integer;
  v_lanes text[];
  v_is_bulk boolean;
  v_run_ids uuid[];
  v_ready_ids bigint[];
begin
  select count(*), array_agg(distinct d.lane) filter (where d.after = '{}'),
    count(*) filter (where d.after = '{}') * cardinality(start_runs.subject_ids) > app_private.bulk_threshold()
  into v_steps, v_lanes, v_is_bulk
  from app_private.lifecycle_steps d
  where d.kind = start_runs.kind and not d.is_batch;

  with new_runs as (
    insert into app_public.runs (kind, subject_id, owner_id, project_id, input, priority, total)
    select start_runs.kind, u.subject_id, u.owner_id, u.project_id, u.input, case when v_is_bulk then 10 else 0 end, v_steps
    from unnest(start_runs.subject_ids, start_runs.owner_ids, start_runs.project_ids, start_runs.inputs)
      as u (subject_id, owner_id, project_id, input)
    on conflict (kind, subject_id) where status in ('pending', 'running', 'suspended') do nothing
    returning id, priority
  ),
  new_steps as (
    insert into app_public.steps (run_id, name, lane, task, status, priority, max_attempts, is_backlog)
    select r.id, d.name, d.lane, d.task,
      case when d.after = '{}' then 'queued' else 'waiting' end::app_public.step_status,
      d.priority + r.priority, d.max_attempts, v_is_bulk and d.after = '{}'
    from new_runs r
    cross join app_private.lifecycle_steps d
    where d.kind = start_runs.kind and not d.is_batch
    returning id, status
  )
  select
    array(select id from new_runs),
    case when not v_is_bulk then array(select id from new_steps where status = 'queued') end
  into v_run_ids, v_ready_ids;

  if v_is_bulk then
    perform app_private.wake_drains(v_lanes);
  else
    perform app_private.enqueue_steps(v_ready_ids);
  end if;
  return v_run_ids;
end
$$;

comment on function app_private.start_runs(text, uuid[], uuid[], uuid[], jsonb[]) is
  'Starts one run of a kind for each subject, with its steps and what makes them begin, in this transaction. A subject whose run of that kind is still open keeps it. Returns the ids of the new runs. For the triggers that start lifecycles.';
