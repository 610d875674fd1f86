create or replace function steward_private.subject_exists(subject_table text, subject_id text)
returns boolean
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_table regclass := coalesce(
    (select c.oid::regclass from steward.attachments a join pg_catalog.pg_class c on c.oid = a.table_id where a.table_name = subject_exists.subject_table),
    to_regclass(subject_exists.subject_table)
  );
  v_condition text;
  v_exists boolean;
begin
  if v_table is null then
    return false;
  end if;
  select string_agg(
    format('t.%I = %s', k.name, case when cardinality(c.names) = 1 then format('$1::%s', k.type) else format('($1::jsonb ->> %s)::%s', k.position - 1, k.type) end),
    ' and ' order by k.position
  )
  into v_condition
  from (select steward_private.key_columns(v_table) as names) c
  cross join lateral (
    select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, n.position
    from unnest(c.names) with ordinality as n (name, position)
    join pg_catalog.pg_attribute a on a.attrelid = v_table and a.attname = n.name
  ) k;
  execute format('select exists (select from %s t where %s)', v_table, coalesce(v_condition, 'false')) into v_exists using subject_exists.subject_id;
  return v_exists;
end
$$;

comment on function steward_private.subject_exists(text, text) is
  'Whether the row that a run is about is still there. False when its table is gone or has no primary key. For steward.retry_run.';
