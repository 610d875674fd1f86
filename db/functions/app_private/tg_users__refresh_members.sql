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
  v_user_ids := array(select n.id from new_rows n join old_rows o on o.id = n.id where o.role <> n.role);
  if v_user_ids <> '{}' then
    perform app_private.refresh_admins(v_user_ids);
  end if;
  return null;
end
$$;

comment on function app_private.tg_users__refresh_members() is
  'Who becomes an admin becomes a member of every project; who ceases to be one stays only where another reason holds.';

-- app_private.tg_users__start_signup does this for new users.
drop trigger if exists _500_refresh_members_on_insert on app_public.users;

create or replace trigger _500_refresh_members_on_update
after update on app_public.users
referencing old table as old_rows new table as new_rows
for each statement
execute function app_private.tg_users__refresh_members();
