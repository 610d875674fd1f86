create or replace function app_private.tg_tenant_members__refresh_members()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform app_private.refresh_project_members(array_agg(distinct p.id), array_agg(distinct c.user_id))
  from changed_rows c join app_public.projects p on p.tenant_id = c.tenant_id
  having count(*) > 0;
  return null;
end
$$;

comment on function app_private.tg_tenant_members__refresh_members() is
  'Who joins or leaves a tenant joins or leaves its projects.';

create or replace trigger _500_refresh_members_on_insert
after insert on app_public.tenant_members
referencing new table as changed_rows
for each statement
execute function app_private.tg_tenant_members__refresh_members();

create or replace trigger _500_refresh_members_on_delete
after delete on app_public.tenant_members
referencing old table as changed_rows
for each statement
execute function app_private.tg_tenant_members__refresh_members();
