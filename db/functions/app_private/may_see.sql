create or replace function app_private.may_see(owner_id uuid, project_id uuid default null)
returns boolean
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_user_id uuid := app_public.current_user_id();
begin
  return (may_see.owner_id = v_user_id) is true
    or exists (
      select from app_public.project_members m where m.project_id = may_see.project_id and m.user_id = v_user_id
    )
    or app_private.is_admin()
    or exists (
      select
      from app_public.projects p
      where p.id = may_see.project_id and (
        p.created_by = v_user_id
        or exists (select from app_public.tenant_members t where t.tenant_id = p.tenant_id and t.user_id = v_user_id)
      )
    );
end
$$;

comment on function app_private.may_see(uuid, uuid) is
  'Whether row security shows the caller what belongs to this user or, if given, to this project: the rule of the policies and of app_public.visible_project_ids, for one row. For functions that read as the owner.';
