create or replace function app_public.resume_project(id uuid, out project_id uuid, out run_id uuid)
returns record
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
  v_project app_public.projects;
begin
  v_project := app_private.require_project(resume_project.id, '{owner}');
  project_id := v_project.id;
  perform app_private.close_gates(app_private.suspension_gates(array[v_project.id])); -- against app_private.sync_members
  if v_project.status <> 'suspended' then
    return;
  end if;
  -- As its last provisioning left it; where that was held, resuming it says what it is.
  update app_public.projects p
  set status = case
    (
      select r.status from steward.runs r
      where r.kind = 'project_provisioning' and r.scope_id = v_project.id::text
      order by r.created_at desc
      limit 1
    )
    when 'succeeded' then 'active'
    when 'failed' then 'failed'
    when 'cancelled' then 'failed'
    when 'suspended' then 'provisioning'
    when 'pending' then 'provisioning'
    when 'running' then 'provisioning'
    else case when v_project.external_id is null then 'failed' else 'active' end -- the run has been removed
  end::app_public.project_status
  where p.id = v_project.id;
  run_id := app_private.change_project_state(v_project);
  perform steward_private.resume_runs(array(
    select r.id from steward.runs r
    where r.kind in ('project_provisioning', 'project_update') and r.subject_id = v_project.id::text and r.status = 'suspended'
  ));
end
$$;

comment on function app_public.resume_project(uuid) is
  E'@behavior -*\nEnables a suspended project at the provider and goes on with what was held. One that is not suspended stays as it is. For its owners and administrators.';

grant execute on function app_public.resume_project(uuid) to steward_user, steward_admin;
