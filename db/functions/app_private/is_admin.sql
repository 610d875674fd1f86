create or replace function app_private.is_admin()
returns boolean
language plpgsql
stable
security definer -- so that current_user is our owner
set search_path = pg_catalog, pg_temp
as $$
declare
  v_caller name := coalesce(nullif(current_setting('role'), 'none'), session_user);
begin
  return pg_has_role(v_caller, 'steward_admin', 'usage') or pg_has_role(v_caller, current_user, 'usage');
end
$$;

comment on function app_private.is_admin() is
  'Whether the caller may do everything: the role that the session has taken, or else its login, has the rights of steward_admin, of the owner of these functions, or of a superuser. No other role is an administrator, and no claim makes one. For functions that decide.';
