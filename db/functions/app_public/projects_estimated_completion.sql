create or replace function app_public.projects_estimated_completion(project app_public.projects)
returns timestamptz
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select steward.runs_estimated_completion(r)
  from app_public.projects p
  join steward.runs r on r.scope_id = p.id::text and r.kind = 'project_provisioning'
  where p.id = project.id and app_private.may_see(null, p.id)
  order by r.created_at desc
  limit 1
$$;

comment on function app_public.projects_estimated_completion(app_public.projects) is
  'When its provisioning will probably have ended. Null when it has, when nothing is known yet, and where the caller may not see the project.';

grant execute on function app_public.projects_estimated_completion(app_public.projects) to steward_user, steward_admin;
