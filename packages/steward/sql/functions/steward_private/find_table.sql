create or replace function steward_private.find_table(name text)
returns regclass
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return to_regclass(find_table.name);
exception when invalid_name or syntax_error or feature_not_supported then
  return null; -- what cannot be a name is an error before Postgres 16
end
$$;

comment on function steward_private.find_table(text) is 'The table of this name; null where there is none, or where this cannot be a name. For the purge registry.';
