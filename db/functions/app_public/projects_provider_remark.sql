create or replace function app_public.projects_provider_remark(project app_public.projects)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select l.remark from steward.lanes l where l.name = app_private.cloud_lane(project.provider)
$$;

comment on function app_public.projects_provider_remark(app_public.projects) is
  'What people should know of its cloud provider before they rely on it, such as: experimental, for an adapter that was tried against no real cluster. Null: nothing.';

grant execute on function app_public.projects_provider_remark(app_public.projects) to steward_user, steward_admin;
