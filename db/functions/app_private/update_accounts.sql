create or replace function app_private.update_accounts(user_ids uuid[])
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform app_private.request_steps(
    'user_update', 'app_public.users', update_accounts.user_ids::text[], update_accounts.user_ids::text[],
    array_fill(null::text, array[cardinality(update_accounts.user_ids)]), '{drive_update,cloud_update}'
  )
  where cardinality(update_accounts.user_ids) > 0;
end
$$;

comment on function app_private.update_accounts(uuid[]) is
  'Has the users'' accounts at the providers follow their names and addresses. For triggers and tasks.';
