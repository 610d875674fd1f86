create or replace function steward_private.check_purge_target(target steward.purge_targets)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_table regclass := steward_private.find_table(check_purge_target.target.table_name);
  v_kind "char";
  v_key pg_catalog.pg_attribute;
  v_cutoff pg_catalog.pg_attribute;
begin
  select c.relkind into v_kind
  from pg_catalog.pg_class c
  where c.oid = v_table and c.relkind in ('r', 'p') and c.relpersistence <> 't'
    -- Rows are found by their address, partition by partition. What only inherits could be purged through two tables.
    and (c.relkind = 'p' or not c.relhassubclass)
    and not exists (
      select from pg_partition_tree(c.oid) p join pg_catalog.pg_class l on l.oid = p.relid where p.isleaf and l.relkind not in ('r', 'p')
    );
  if not found then
    raise exception using
      errcode = 'ST701', column = 'table_name',
      message = format('There is no ordinary or partitioned table %s to purge.', quote_literal(left(check_purge_target.target.table_name, 150))),
      hint = 'Name an existing table as schema.table; a view, a foreign table and a table with inheritance children cannot be purged.';
  end if;

  select * into v_key from pg_catalog.pg_attribute a
  where a.attrelid = v_table and a.attname = check_purge_target.target.key_column and a.attnum > 0 and not a.attisdropped;
  if not found then
    raise exception using
      errcode = 'ST702', column = 'key_column',
      message = format('%s has no column %s.', check_purge_target.target.table_name, quote_literal(left(check_purge_target.target.key_column, 63))),
      hint = 'Name the column that says whose a row is.';
  end if;
  if check_purge_target.target.key_query is null
    and cardinality(steward_private.key_columns(steward_private.find_table(check_purge_target.target.subject_table))) > 1 then
    raise exception using
      errcode = 'ST702', column = 'key_query',
      message = format('The key of %s has several columns, and %s is one.', check_purge_target.target.subject_table, check_purge_target.target.key_column),
      hint = 'Give a key_query; $1 in it holds the keys as JSON arrays, such as: select c.id from children c join unnest($1) k on c.a = k::jsonb ->> 0 and c.b = (k::jsonb ->> 1)::int.';
  end if;
  begin
    execute format('explain select from %s t where %s', v_table, steward_private.purge_condition(check_purge_target.target, '(select array[null::text])'));
  exception
    when lock_not_available or serialization_failure or deadlock_detected then
      raise; -- that is no fault of the query
    when others then
      raise exception using
        errcode = 'ST702', column = 'key_query',
        message = format('%s cannot be purged by %s: %s.', check_purge_target.target.table_name, check_purge_target.target.key_column, sqlerrm),
        hint = 'key_query must be a query of one column of the key column''s type; $1 in it is a text array of the subjects'' ids.';
  end;

  if check_purge_target.target.cutoff_column is null then
    return;
  end if;
  select * into v_cutoff from pg_catalog.pg_attribute a
  where a.attrelid = v_table and a.attname = check_purge_target.target.cutoff_column and a.attnum > 0 and a.attnotnull
    and a.atttypid in ('bigint'::regtype, 'timestamptz'::regtype);
  if not found then
    raise exception using
      errcode = 'ST702', column = 'cutoff_column',
      message = format('%s has no column %s that is bigint or timestamptz and not null.', check_purge_target.target.table_name, quote_literal(left(check_purge_target.target.cutoff_column, 63))),
      hint = 'Name a column whose values rise with every insert: an identity, or a timestamptz not null default clock_timestamp().';
  end if;

  -- Numbers handed out ahead, backwards or again, and times from before the insert, would put a new row before the cut-off.
  if v_cutoff.atttypid = 'bigint'::regtype and not exists (
    select from pg_catalog.pg_sequence s
    where s.seqrelid = pg_get_serial_sequence(check_purge_target.target.table_name, check_purge_target.target.cutoff_column)::regclass
      and s.seqcache = 1 and s.seqincrement > 0 and not s.seqcycle
  ) then
    raise exception using
      errcode = 'ST702', column = 'cutoff_column',
      message = format('%s.%s has no sequence of its own that rises with cache 1 and without cycle.', check_purge_target.target.table_name, check_purge_target.target.cutoff_column),
      hint = 'Make it an identity column, or alter its sequence; or name a timestamptz column not null default clock_timestamp().';
  end if;
  if v_cutoff.atttypid = 'timestamptz'::regtype and not exists (
    select from pg_catalog.pg_attrdef d
    where d.adrelid = v_table and d.adnum = v_cutoff.attnum and pg_get_expr(d.adbin, d.adrelid) = 'clock_timestamp()'
  ) then
    raise exception using
      errcode = 'ST702', column = 'cutoff_column',
      message = format('%s.%s does not default to clock_timestamp().', check_purge_target.target.table_name, check_purge_target.target.cutoff_column),
      hint = 'now() is the time when the transaction began, which may be before the deletion: set the default to clock_timestamp(), or name an identity column.';
  end if;
end
$$;

comment on function steward_private.check_purge_target(steward.purge_targets) is
  'Raises an error when a table cannot be purged as it is registered: no such table (ST701), columns or a query that do not serve (ST702). For its registration, and for each purge.';
