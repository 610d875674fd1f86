create or replace function steward_private.purge_condition(target steward.purge_targets, ids text)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when purge_condition.target.key_query is null
    then format('t.%I = any (%s::%s[])', a.attname, purge_condition.ids, format_type(a.atttypid, null))
    -- As an array: then the rows are found by the index, whatever the planner believes.
    else format('t.%I = any (array(%s))', a.attname, replace(purge_condition.target.key_query, '$1', purge_condition.ids))
  end
  from pg_catalog.pg_attribute a
  where a.attrelid = steward_private.find_table(purge_condition.target.table_name)
    and a.attname = purge_condition.target.key_column and a.attnum > 0 and not a.attisdropped
$$;

comment on function steward_private.purge_condition(steward.purge_targets, text) is
  'The SQL of a condition on rows t of a registered table: that they go with the subjects whose ids the given SQL (of a text array) names. Null if its table or column is gone. For purges.';
