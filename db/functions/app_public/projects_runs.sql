create or replace function app_public.projects_runs(project app_public.projects)
returns setof steward.runs
language sql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select r.* from steward.runs r where r.scope_id = project.id::text
$$;

comment on function app_public.projects_runs(app_public.projects) is
  E'@behavior +filter +order\nWhat has followed for the project: the runs in its scope. For whom row security shows them.';

grant execute on function app_public.projects_runs(app_public.projects) to steward_user, steward_admin;
