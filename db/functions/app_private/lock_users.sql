create or replace function app_private.lock_users(user_ids uuid[])
returns uuid[]
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  select array(
    select u.id from app_public.users u
    where u.id = any (lock_users.user_ids)
    order by u.id
    for no key update
  )
$$;

comment on function app_private.lock_users(uuid[]) is
  'Locks users against deletion and each other until this transaction ends, and returns those that exist. Comes before locks on their runs and steps, as everywhere.';
