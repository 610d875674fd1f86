create or replace function app_private.resume_runs(run_ids uuid[])
returns uuid[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_nestloop = off
as $$
#variable_conflict use_column
declare
  v_resumed_ids uuid[];
begin
  perform app_private.lock_projects(resume_runs.run_ids);
  with resumed as (
    update app_public.runs r
    set status = case when r.started_at is null then 'pending' else 'running' end::app_public.run_status
    where r.id = any (resume_runs.run_ids) and r.status::text = 'suspended'
    returning r.id
  )
  select array_agg(id) into v_resumed_ids from resumed;

  -- Who resumes a provisioning resumes its project.
  update app_public.projects p
  set status = 'provisioning'
  from app_public.runs r
  where r.id = any (v_resumed_ids) and r.kind = 'project_provisioning'
    and p.id = any (array(select o.subject_id from app_public.runs o where o.id = any (v_resumed_ids) and o.kind = 'project_provisioning'))
    and p.id = r.subject_id and p.status = 'suspended';

  perform app_private.enqueue_steps(array(
    select s.id from app_public.steps s
    where s.run_id = any (v_resumed_ids) and s.status in ('queued', 'retrying')
  ));
  perform app_private.advance_runs(v_resumed_ids);
  perform app_private.reflect_projects(v_resumed_ids);
  return coalesce(v_resumed_ids, '{}');
end
$$;

comment on function app_private.resume_runs(uuid[]) is
  'Lets those of the runs that are suspended go on. Returns the runs resumed. For the engine.';
