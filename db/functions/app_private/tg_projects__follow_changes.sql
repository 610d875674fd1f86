create or replace function app_private.tg_projects__follow_changes()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_project_ids uuid[];
begin
  v_project_ids := array(
    select n.id
    from new_rows n join old_rows o on o.id = n.id
    where o.tenant_id is distinct from n.tenant_id or o.created_by is distinct from n.created_by
  );
  if v_project_ids <> '{}' then
    perform app_private.refresh_project_members(v_project_ids);
  end if;
  return null;
end
$$;

comment on function app_private.tg_projects__follow_changes() is
  'A project that changes its tenant or owner changes its members.';

create or replace trigger _500_follow_changes
after update on app_public.projects
referencing old table as old_rows new table as new_rows
for each statement
execute function app_private.tg_projects__follow_changes();
