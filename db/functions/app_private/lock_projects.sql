create or replace function app_private.lock_projects(run_ids uuid[], wait boolean)
returns uuid[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
#variable_conflict use_column
declare
  v_project_ids uuid[] := array(
    select r.subject_id::uuid from steward.runs r where r.id = any (lock_projects.run_ids)
  );
begin
  if lock_projects.wait then
    perform from app_public.projects p where p.id = any (v_project_ids) order by p.id for no key update;
    return lock_projects.run_ids;
  end if;
  v_project_ids := array(
    select p.id from app_public.projects p where p.id = any (v_project_ids) order by p.id for no key update skip locked
  );
  return array(
    select r.id from steward.runs r
    where r.id = any (lock_projects.run_ids)
      and (
        r.subject_id::uuid = any (v_project_ids)
        or not exists (select from app_public.projects p where p.id = r.subject_id::uuid)
      )
  );
end
$$;

comment on function app_private.lock_projects(uuid[], boolean) is
  'Locks the projects whose status may change with their runs, before the runs are locked; without wait, those that nobody else holds. Returns the runs whose projects are locked or gone. The hook lock_subjects of the projects'' lifecycles.';
