create or replace function app_private.refresh_statistics()
returns text[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_table text;
  v_tables text[] := '{}';
begin
  if not pg_try_advisory_xact_lock(1398031447, -2) then
    return '{}';
  end if;
  -- Committed changes, not size: rows of a transaction still open would count for nothing, and their pages for a lot.
  for v_table in
    select c.oid::regclass
    from pg_catalog.pg_class c
    where c.relkind = 'r'
      and c.relnamespace in ('app_public'::regnamespace, 'app_private'::regnamespace)
      and pg_catalog.pg_stat_get_mod_since_analyze(c.oid) > 500 + c.reltuples
  loop
    execute format('analyze (skip_locked) %s', v_table);
    v_tables := v_tables || v_table;
  end loop;
  return v_tables;
end
$$;

comment on function app_private.refresh_statistics() is
  'Analyzes those of our tables that have changed as many rows as they had, and returns their names. Autovacuum comes within a minute, but until it does the plans made for a small table read a large one whole. For every worker, each second.';
