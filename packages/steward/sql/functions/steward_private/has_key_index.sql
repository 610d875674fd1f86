create or replace function steward_private.has_key_index(of_table regclass, key_column text)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from pg_catalog.pg_index i
    join pg_catalog.pg_class c on c.oid = i.indexrelid
    join pg_catalog.pg_am m on m.oid = c.relam
    join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
    where i.indrelid = has_key_index.of_table and a.attname = has_key_index.key_column and i.indisvalid and m.amname = 'btree'
      and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) = format('(%I IS NOT NULL)', a.attname))
  )
$$;

comment on function steward_private.has_key_index(regclass, text) is 'Whether an index of the table begins with the column, so that its rows are found without reading the table. For purges.';
