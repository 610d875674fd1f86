create or replace function app_private.tg_any__delete_first()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_is_left boolean;
begin
  perform steward_private.refuse_old_snapshot(TG_RELID::regclass);
  -- Nobody else can write meanwhile: TRUNCATE has locked the table.
  execute format('delete from %s', TG_RELID::regclass);
  execute format('select exists (select from %s)', TG_RELID::regclass) into v_is_left;
  if v_is_left then
    raise exception using
      errcode = 'ST216',
      message = format('Rows of %s stay when all are deleted, so it cannot be truncated.', TG_RELID::regclass),
      hint = 'Delete the rows instead: members who are so as creator, administrator or user of the tenant, and rows that a trigger keeps, stay.';
  end if;
  return null;
end
$$;

comment on function app_private.tg_any__delete_first() is
  'Makes a TRUNCATE do what a DELETE of all rows does, with all that follows. Raises ST216 if rows stay, ST425 under an isolation level that could not see them all.';

create or replace trigger _200_delete_first
before truncate on app_public.users
for each statement
execute function app_private.tg_any__delete_first();

create or replace trigger _200_delete_first
before truncate on app_public.projects
for each statement
execute function app_private.tg_any__delete_first();

create or replace trigger _200_delete_first
before truncate on app_public.tenant_members
for each statement
execute function app_private.tg_any__delete_first();

create or replace trigger _200_delete_first
before truncate on app_public.project_members
for each statement
execute function app_private.tg_any__delete_first();
