create or replace function app_public.projects_provider_remark(project app_public.projects)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select l.remark
  from app_public.projects p
  join steward.lanes l on l.name = app_private.cloud_lane(p.provider)
  where p.id = project.id and app_private.may_see(null, p.id)
$$;

comment on function app_public.projects_provider_remark(app_public.projects) is
  'What people should know of its cloud provider before they rely on it, such as: experimental, for an adapter that was tried against no real cluster. Null: nothing, and where the caller may not see the project.';

grant execute on function app_public.projects_provider_remark(app_public.projects) to steward_user, steward_admin;
