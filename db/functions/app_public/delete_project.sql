create or replace function app_public.delete_project(id uuid)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_project_id uuid;
  v_run_id uuid;
  v_table text;
  v_constraint text;
begin
  v_project_id := (app_private.require_project(delete_project.id, '{owner}')).id;
  begin
    delete from app_public.projects p where p.id = v_project_id;
  exception when others then
    -- The whole transaction has to be tried again, or the error is one of ours.
    if sqlstate ~ '^(ST|40|5|XX)' then
      raise;
    end if;
    get stacked diagnostics v_table = table_name, v_constraint = constraint_name;
    perform app_private.raise_refusal('ST314', 'project', sqlstate, sqlerrm, v_table, v_constraint);
  end;
  if exists (select from app_public.projects p where p.id = v_project_id) then
    perform app_private.raise_refusal('ST314', 'project', null, null);
  end if;
  select r.id into strict v_run_id
  from steward.runs r
  where r.kind = 'project_deletion' and r.scope_id = v_project_id::text
  order by r.created_at desc
  limit 1;
  return v_run_id;
end
$$;

comment on function app_public.delete_project(uuid) is
  E'@behavior -*\nDeletes a project and returns the run that removes it at the provider. ST314: the application keeps it. For its owners and administrators.';

grant execute on function app_public.delete_project(uuid) to steward_user, steward_admin;
