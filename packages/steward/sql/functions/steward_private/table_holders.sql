create or replace function steward_private.table_holders()
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select steward_private.lock_holders('{AccessExclusiveLock}', false)
$$;

comment on function steward_private.table_holders() is
  'Who keeps others from reading a table of this database, or waits to do so while others queue behind, in words; null when nobody is seen. For steward doctor.';
