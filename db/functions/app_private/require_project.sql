create or replace function app_private.require_project(project_id uuid, roles app_public.project_role[])
returns app_public.projects
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_project app_public.projects;
begin
  select p.* into v_project from app_public.projects p where p.id = require_project.project_id for no key update;
  if v_project.id is null or not app_private.may_see(null, v_project.id) then
    raise exception using errcode = 'ST309', column = 'projectId', message = 'There is no such project.';
  end if;
  if not app_private.is_admin() and not exists (
    select from app_public.project_members m
    where m.project_id = v_project.id and m.user_id = app_public.current_user_id() and m.role = any (require_project.roles)
  ) then
    raise exception using errcode = 'ST102', message = 'You may not do this in this project.';
  end if;
  return v_project;
end
$$;

comment on function app_private.require_project(uuid, app_public.project_role[]) is
  'Returns the project, locked, if the caller is a member in one of these roles or an administrator. Raises ST309 where they may not see it, ST102 where they may not do this. For mutations.';
