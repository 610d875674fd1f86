create or replace function app_private.tg_projects__start_deletion()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
begin
  perform steward_private.cancel_runs(array(
    select r.id from steward.runs r
    where r.scope_id = any (array(select o.id::text from old_rows o)) and r.status::text in ('pending', 'running', 'suspended')
  ));
  perform steward.start_runs(
    'project_deletion', 'app_public.projects', array_agg(o.id::text), array_agg(o.created_by::text), array_agg(o.id::text),
    array_agg(jsonb_build_object('provider', o.provider, 'region', o.region, 'external_id', o.external_id, 'name', o.name))
  )
  from old_rows o
  having count(*) > 0;
  return null;
end
$$;

comment on function app_private.tg_projects__start_deletion() is
  'Cancels the open runs of deleted projects and starts the run that removes them at the provider.';

create or replace trigger _900_start_deletion
after delete on app_public.projects
referencing old table as old_rows
for each statement
execute function app_private.tg_projects__start_deletion();
