create or replace function app_private.tg_projects__rename()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_nestloop = off
set jit = off
as $$
begin
  perform app_private.request_steps(
    'project_rename', 'app_public.projects', array_agg(n.id::text), array_agg(n.created_by::text), array_agg(n.id::text), '{project_rename}'
  )
  from new_rows n join old_rows o on o.id = n.id
  where (n.name, n.description) is distinct from (o.name, o.description)
  having count(*) > 0;
  return null;
end
$$;

comment on function app_private.tg_projects__rename() is
  'Starts the project_rename runs of projects that get another name or description.';

create or replace trigger _900_rename
after update on app_public.projects
referencing old table as old_rows new table as new_rows
for each statement
execute function app_private.tg_projects__rename();
