create or replace function app_public.create_user(username text, email text, display_name text)
returns uuid
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  insert into app_public.users (username, email, display_name)
  values (create_user.username, create_user.email, create_user.display_name)
  returning id
$$;

comment on function app_public.create_user(text, text, text) is
  E'@behavior -*\nSigns a user up and returns their id. For administrators.';

grant execute on function app_public.create_user(text, text, text) to steward_admin;
