create or replace function app_private.lock_users(user_ids uuid[])
returns uuid[]
language plpgsql
volatile
security definer
set search_path = ''
set lock_timeout = '250ms'
as $$
#variable_conflict use_column
begin
  return array(
    select u.id from app_public.users u
    where u.id = any (lock_users.user_ids)
    order by u.id
    for no key update
  );
exception when lock_not_available then
  -- A deletion locks the user and then the run; a step's completion comes the other way round. Whoever completes gives way,
  -- well before Postgres would look for a deadlock and might end the deletion.
  raise exception using
    errcode = 'serialization_failure',
    message = 'A user is being changed or deleted by another transaction.';
end
$$;

comment on function app_private.lock_users(uuid[]) is
  'Locks users against deletion and each other until this transaction ends, and returns those that exist. Raises a serialization failure (try again) rather than wait longer than 250 ms.';
