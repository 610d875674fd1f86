create or replace function app_public.suspend_project(id uuid, out project_id uuid, out run_id uuid)
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
  v_project := app_private.require_project(suspend_project.id, '{owner}');
  project_id := v_project.id;
  perform app_private.close_gates(app_private.suspension_gates(array[v_project.id])); -- against app_private.sync_members
  if v_project.status = 'suspended' then
    return;
  end if;
  -- Before its runs show it as suspended: of a row that changes twice Postgres checks the foreign keys, and to lock its creator after
  -- their project is the other way round than their deletion.
  update app_public.projects p set status = 'suspended' where p.id = v_project.id;
  perform steward_private.suspend_runs(array(
    select r.id from steward.runs r
    where r.kind in ('project_provisioning', 'project_update') and r.subject_id = v_project.id::text
      and r.status in ('pending', 'running')
  ));
  run_id := app_private.change_project_state(v_project);
end
$$;

comment on function app_public.suspend_project(uuid) is
  E'@behavior -*\nDisables a project at the provider and holds what is still to be done. One that is suspended stays so. For its owners and administrators.';

grant execute on function app_public.suspend_project(uuid) to steward_user, steward_admin;
