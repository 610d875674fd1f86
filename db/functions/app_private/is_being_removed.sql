create or replace function app_private.is_being_removed(user_id uuid, step_name text)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select app_private.has_step_to_do(is_being_removed.user_id, 'user_deletion', is_being_removed.step_name)
$$;

comment on function app_private.is_being_removed(uuid, text) is
  'Whether a deletion of a user with this id has still to do a step: a user made again with the same id waits for it. For workers.';
