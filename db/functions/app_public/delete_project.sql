create or replace function app_public.delete_project(id uuid)
returns uuid
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
  v_project_id uuid;
  v_run_id uuid;
begin
  v_project_id := (app_private.require_project(delete_project.id, '{owner}')).id;
  delete from app_public.projects p where p.id = v_project_id;
  select r.id into strict v_run_id
  from steward.runs r
  where r.kind = 'project_deletion' and r.scope_id = v_project_id::text
  order by r.created_at desc
  limit 1;
  return v_run_id;
end
$$;

comment on function app_public.delete_project(uuid) is
  E'@behavior -*\nDeletes a project and returns the run that removes it at the provider. For its owners and administrators.';

grant execute on function app_public.delete_project(uuid) to steward_user, steward_admin;
