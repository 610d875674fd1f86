create or replace function app_private.tg_users__refresh_members()
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
  v_user_ids uuid[];
begin
  if TG_OP = 'INSERT' then
    v_user_ids := array(select n.id from new_rows n where n.role = 'admin');
  else
    v_user_ids := array(select n.id from new_rows n join old_rows o on o.id = n.id where o.role <> n.role);
  end if;
  if v_user_ids <> '{}' then
    -- Projects that are being made at this moment are waited for, and those to come see who is an admin.
    perform app_private.close_gates('{administrators}');
    perform app_private.refresh_project_members(array_agg(p.id), array_agg(u.id))
    from app_public.projects p cross join unnest(v_user_ids) as u (id)
    having count(*) > 0;
  end if;
  return null;
end
$$;

comment on function app_private.tg_users__refresh_members() is
  'Who becomes an admin becomes a member of every project; who ceases to be one stays only where another reason holds.';

create or replace trigger _500_refresh_members_on_insert
after insert on app_public.users
referencing new table as new_rows
for each statement
execute function app_private.tg_users__refresh_members();

create or replace trigger _500_refresh_members_on_update
after update on app_public.users
referencing old table as old_rows new table as new_rows
for each statement
execute function app_private.tg_users__refresh_members();
