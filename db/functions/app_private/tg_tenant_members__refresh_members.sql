create or replace function app_private.tg_tenant_members__refresh_members()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_nestloop = off
set jit = off
as $$
declare
  v_tenant_ids uuid[];
  v_user_ids uuid[];
begin
  -- Who is gone altogether is gone from all projects.
  if TG_OP = 'UPDATE' then
    select array_agg(c.tenant_id), array_agg(c.user_id) into v_tenant_ids, v_user_ids
    from (select tenant_id, user_id from old_rows union select tenant_id, user_id from changed_rows) c
    where exists (select from app_public.users u where u.id = c.user_id offset 0);
  else
    select array_agg(c.tenant_id), array_agg(c.user_id) into v_tenant_ids, v_user_ids
    from changed_rows c
    where exists (select from app_public.users u where u.id = c.user_id offset 0);
  end if;
  if v_tenant_ids is null then
    return null;
  end if;
  perform app_private.lock_users(v_user_ids);
  perform app_private.lock_tenants(v_tenant_ids);
  perform app_private.refresh_project_members(array_agg(p.id), array_agg(c.user_id))
  from unnest(v_tenant_ids, v_user_ids) as c (tenant_id, user_id)
  cross join lateral (select p.id from app_public.projects p where p.tenant_id = c.tenant_id offset 0) p
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

create or replace trigger _500_refresh_members_on_update
after update on app_public.tenant_members
referencing old table as old_rows new table as changed_rows
for each statement
execute function app_private.tg_tenant_members__refresh_members();

create or replace trigger _500_refresh_members_on_delete
after delete on app_public.tenant_members
referencing old table as changed_rows
for each statement
execute function app_private.tg_tenant_members__refresh_members();
