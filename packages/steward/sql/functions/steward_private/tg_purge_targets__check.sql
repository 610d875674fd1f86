create or replace function steward_private.tg_purge_targets__check()
returns trigger
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_table regclass;
  v_user pg_catalog.pg_attribute;
  v_cutoff pg_catalog.pg_attribute;
begin
  begin
    v_table := to_regclass(NEW.table_name);
  exception when invalid_name or syntax_error or feature_not_supported then
    null; -- what cannot be a name is an error before Postgres 16: refused below, like a name that is nobody's
  end;

  -- Rows are found by their address, which in a table with partitions or children would be ambiguous.
  if not exists (
    select from pg_catalog.pg_class c
    where c.oid = v_table and c.relkind = 'r' and c.relpersistence <> 't' and not c.relhassubclass
  ) then
    raise exception using
      errcode = 'ST701', column = 'table_name',
      message = format('There is no ordinary table %s to purge.', quote_literal(left(NEW.table_name, 150))),
      hint = 'Name an existing table as schema.table; of a partitioned table, register each partition.';
  end if;

  -- As statements spell it: from here on the name may be put into SQL as it is.
  select format('%I.%I', n.nspname, c.relname) into strict NEW.table_name
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.oid = v_table;

  select * into v_user from pg_catalog.pg_attribute a
  where a.attrelid = v_table and a.attname = NEW.user_column and a.attnum > 0 and a.atttypid = 'uuid'::regtype;
  if not found then
    raise exception using
      errcode = 'ST702', column = 'user_column',
      message = format('%s has no uuid column %s.', NEW.table_name, quote_literal(left(NEW.user_column, 63))),
      hint = 'Name the uuid column that says whose a row is.';
  end if;

  select * into v_cutoff from pg_catalog.pg_attribute a
  where a.attrelid = v_table and a.attname = NEW.cutoff_column and a.attnum > 0 and a.attnotnull
    and a.atttypid in ('bigint'::regtype, 'timestamptz'::regtype);
  if not found then
    raise exception using
      errcode = 'ST702', column = 'cutoff_column',
      message = format('%s has no column %s that is bigint or timestamptz and not null.', NEW.table_name, quote_literal(left(NEW.cutoff_column, 63))),
      hint = 'Name a column whose values rise with every insert: an identity, or a timestamptz not null default clock_timestamp().';
  end if;

  -- Numbers handed out ahead, backwards or again, and times from before the insert, would put a new row before the cut-off.
  if v_cutoff.atttypid = 'bigint'::regtype and not exists (
    select from pg_catalog.pg_sequence s
    where s.seqrelid = pg_get_serial_sequence(NEW.table_name, NEW.cutoff_column)::regclass
      and s.seqcache = 1 and s.seqincrement > 0 and not s.seqcycle
  ) then
    raise exception using
      errcode = 'ST702', column = 'cutoff_column',
      message = format('%s.%s has no sequence of its own that rises with cache 1 and without cycle.', NEW.table_name, NEW.cutoff_column),
      hint = 'Make it an identity column, or alter its sequence; or name a timestamptz column not null default clock_timestamp().';
  end if;
  if v_cutoff.atttypid = 'timestamptz'::regtype and not exists (
    select from pg_catalog.pg_attrdef d
    where d.adrelid = v_table and d.adnum = v_cutoff.attnum and pg_get_expr(d.adbin, d.adrelid) = 'clock_timestamp()'
  ) then
    raise exception using
      errcode = 'ST702', column = 'cutoff_column',
      message = format('%s.%s does not default to clock_timestamp().', NEW.table_name, NEW.cutoff_column),
      hint = 'now() is the time when the transaction began, which may be before the deletion: set the default to clock_timestamp(), or name an identity column.';
  end if;

  if not exists (
    select from pg_catalog.pg_index i
    join pg_catalog.pg_class c on c.oid = i.indexrelid
    join pg_catalog.pg_am m on m.oid = c.relam
    where i.indrelid = v_table and i.indisvalid and i.indpred is null and i.indkey[0] = v_user.attnum and m.amname = 'btree'
  ) then
    raise exception using
      errcode = 'ST703', column = 'user_column',
      message = format('No index of %s begins with %s.', NEW.table_name, NEW.user_column),
      hint = format('create index concurrently on %s (%I);', NEW.table_name, NEW.user_column);
  end if;
  return NEW;
end
$$;

comment on function steward_private.tg_purge_targets__check() is
  'Refuses what could not be purged: no such table (ST701), columns that do not serve (ST702), no index on the user column (ST703). Spells the table''s name as SQL does.';

create or replace trigger _200_check
before insert or update on steward.purge_targets
for each row
execute function steward_private.tg_purge_targets__check();
