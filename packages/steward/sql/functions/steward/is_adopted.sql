create or replace function steward.is_adopted()
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select steward_private.is_home(null)
$$;

comment on function steward.is_adopted() is
  E'@behavior -*\nFalse on a copy of the database that nobody has adopted: what lies outside is left alone. For the server''s /readyz.';

