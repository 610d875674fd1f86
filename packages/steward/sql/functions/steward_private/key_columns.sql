create or replace function steward_private.key_columns(of_table regclass)
returns text[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select array(
    select a.attname::text
    from pg_catalog.pg_index i
    cross join lateral unnest(i.indkey::smallint[]) with ordinality as k (attnum, position)
    join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
    where i.indrelid = key_columns.of_table and i.indisprimary
    order by k.position
  )
$$;

comment on function steward_private.key_columns(regclass) is 'The columns of a table''s primary key, in its order; empty without one. For attachments.';
