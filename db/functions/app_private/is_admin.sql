create or replace function app_private.is_admin()
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select current_setting('role') <> 'steward_user'
$$;

comment on function app_private.is_admin() is
  'Whether who asks may do everything: an administrator''s token, or somebody who is at the database itself.';
