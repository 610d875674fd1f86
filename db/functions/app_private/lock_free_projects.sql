create or replace function app_private.lock_free_projects(run_ids uuid[])
returns uuid[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
as $$
declare
  v_project_ids uuid[];
begin
  v_project_ids := array(
    select p.id from app_public.projects p
    where p.id = any (array(
      select r.subject_id from app_public.runs r
      where r.id = any (lock_free_projects.run_ids) and r.kind = 'project_provisioning'
    ))
    order by p.id
    for no key update skip locked
  );
  return array(
    select r.id from app_public.runs r
    where r.id = any (lock_free_projects.run_ids)
      and (
        r.kind <> 'project_provisioning'
        or r.subject_id = any (v_project_ids)
        or not exists (select from app_public.projects p where p.id = r.subject_id offset 0)
      )
  );
end
$$;

comment on function app_private.lock_free_projects(uuid[]) is
  'As app_private.lock_projects, but waits for nobody: returns those of the runs whose project it has locked, or who need none. For the engine.';
