create or replace function app_private.tg_projects__start_provisioning()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
declare
  v_project_ids uuid[];
  v_creator_ids uuid[];
  v_tenant_ids uuid[];
begin
  select array_agg(n.id order by n.id), array_agg(n.created_by order by n.id), array_agg(distinct n.tenant_id)
  into v_project_ids, v_creator_ids, v_tenant_ids
  from new_rows n;
  if v_project_ids is null then
    return null;
  end if;
  perform app_private.start_provisionings(v_project_ids, v_creator_ids, v_tenant_ids);
  return null;
end
$$;

comment on function app_private.tg_projects__start_provisioning() is
  'Starts the project_provisioning runs of new projects, with their creators, admins and tenant users as members.';

create or replace trigger _900_start_provisioning
after insert on app_public.projects
referencing new table as new_rows
for each statement
execute function app_private.tg_projects__start_provisioning();
