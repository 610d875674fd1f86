create or replace function app_private.mend_gone_project(project app_public.projects, is_remade boolean)
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
  v_run_ids uuid[];
  v_id uuid := mend_gone_project.project.id;
begin
  if not mend_gone_project.is_remade then
    update app_public.projects p set status = 'failed' where p.id = v_id and p.status = 'active';
    return;
  end if;
  -- Its credentials went with it.
  delete from app_private.cloud_credentials k where k.project_id = v_id;
  update app_public.projects p
  set external_id = null, provisioning_started_at = now(),
    status = case when p.status = 'suspended' then p.status else 'provisioning' end
  where p.id = v_id;
  v_run_ids := app_private.start_provisionings(
    array[v_id], array[mend_gone_project.project.created_by], array_remove(array[mend_gone_project.project.tenant_id], null)
  );
  if mend_gone_project.project.status = 'suspended' then
    perform steward_private.suspend_runs(v_run_ids);
  end if;
  perform app_private.sync_members(array_agg(m.project_id), array_agg(m.user_id))
  from app_public.project_members m
  where m.project_id = v_id
  having count(*) > 0;
end
$$;

comment on function app_private.mend_gone_project(app_public.projects, boolean) is
  'Has a project that is gone at the provider made again with all its members by a new project_provisioning run, or shows it as failed. For app_private.settle_project_check.';
