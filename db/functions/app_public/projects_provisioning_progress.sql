create or replace function app_public.projects_provisioning_progress(project app_public.projects)
returns steward.progress
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select steward.runs_progress(r)
  from app_public.projects p
  join steward.runs r on r.scope_id = p.id::text and r.kind = 'project_provisioning'
  where p.id = project.id and app_private.may_see(null, p.id)
  order by r.created_at desc
  limit 1
$$;

comment on function app_public.projects_provisioning_progress(app_public.projects) is
  'How far its provisioning is, in steps: one for the project and one for each member. Null where the caller may not see the project.';

grant execute on function app_public.projects_provisioning_progress(app_public.projects) to steward_user, steward_admin;
