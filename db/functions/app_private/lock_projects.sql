create or replace function app_private.lock_projects(run_ids uuid[])
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
as $$
  select from app_public.projects p
  where p.id = any (array(
    select r.subject_id from app_public.runs r
    where r.id = any (lock_projects.run_ids) and r.kind = 'project_provisioning'
  ))
  order by p.id
  for no key update
$$;

comment on function app_private.lock_projects(uuid[]) is
  'Locks the projects whose status may change with their runs, before the runs are locked. The order everywhere is: users and projects and what they own, then runs, then steps. For the engine.';
