create or replace function app_public.newest_migration()
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select max(a.name) from app_migrations.applied a where a.kind = 'migration'
$$;

comment on function app_public.newest_migration() is
  E'@behavior -*\nThe newest migration of db/ that was applied. For the server''s /readyz.';

grant execute on function app_public.newest_migration() to steward_user, steward_admin;
