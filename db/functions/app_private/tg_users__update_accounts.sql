create or replace function app_private.tg_users__update_accounts()
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
  perform app_private.update_accounts(array(
    select n.id
    from new_rows n join old_rows o on o.id = n.id
    where (n.username, n.email, n.display_name) is distinct from (o.username, o.email, o.display_name)
  ));
  return null;
end
$$;

comment on function app_private.tg_users__update_accounts() is
  'Starts the user_update runs of users who get another name or address.';

create or replace trigger _900_update_accounts
after update on app_public.users
referencing old table as old_rows new table as new_rows
for each statement
execute function app_private.tg_users__update_accounts();
