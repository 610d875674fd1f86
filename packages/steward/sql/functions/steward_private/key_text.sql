create or replace function steward_private.key_text(of_table regclass, columns text[], alias text)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when cardinality(key_text.columns) > 1 then (
      select format('jsonb_build_array(%s)::text', string_agg(format('%I.%I', key_text.alias, c.name), ', ' order by c.position))
      from unnest(key_text.columns) with ordinality as c (name, position)
    )
    -- As text a time depends on the session's settings; as JSON it does not.
    when (
      select t.typcategory from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
      where a.attrelid = key_text.of_table and a.attname = key_text.columns[1]
    ) in ('D', 'T') then format('to_jsonb(%I.%I) #>> ''{}''', key_text.alias, key_text.columns[1])
    else format('%I.%I::text', key_text.alias, key_text.columns[1])
  end
$$;

comment on function steward_private.key_text(regclass, text[], text) is 'The SQL that makes a subject''s id out of the key columns of a row. For attachments.';
