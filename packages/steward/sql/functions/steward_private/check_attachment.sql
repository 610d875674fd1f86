create or replace function steward_private.check_attachment(of_table regclass, attachment steward.attachments)
returns void
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_kind text;
  v_column text;
  v_relative regclass;
begin
  if not exists (select from pg_catalog.pg_class c where c.oid = check_attachment.of_table and c.relkind in ('r', 'p') and c.relpersistence <> 't') then
    raise exception using errcode = 'ST424', message = format('%s is no table that can be attached.', check_attachment.of_table);
  end if;
  if exists (
    select from pg_catalog.pg_class c
    where c.oid = check_attachment.of_table
      and c.relnamespace::regnamespace::text in ('steward', 'steward_private', 'graphile_worker', 'pg_catalog', 'information_schema')
  ) then
    raise exception using
      errcode = 'ST424',
      message = format('%s belongs to Steward or to Postgres.', check_attachment.of_table),
      hint = 'Attach a table of your application.';
  end if;
  select case when i.inhparent = check_attachment.of_table then i.inhrelid else i.inhparent end::regclass into v_relative
  from pg_catalog.pg_inherits i
  join pg_catalog.pg_class c on c.oid = i.inhrelid
  where i.inhrelid = check_attachment.of_table or i.inhparent = check_attachment.of_table and not c.relispartition
  limit 1;
  if found then
    raise exception using
      errcode = 'ST424',
      message = format('%s and %s are one table by inheritance or partition, and Postgres tells its triggers of some writes only.', check_attachment.of_table, v_relative),
      hint = 'Attach the whole of a partitioned table, or a table that neither inherits nor is inherited.';
  end if;
  perform steward_private.check_table_owner(check_attachment.of_table);
  if check_attachment.attachment.key_columns = '{}' then
    raise exception using
      errcode = 'ST424',
      message = format('%s has no primary key, by which a run could name its row.', check_attachment.of_table);
  end if;
  if coalesce(check_attachment.attachment.on_insert, check_attachment.attachment.on_update, check_attachment.attachment.on_delete) is null then
    raise exception using
      errcode = 'ST424', message = 'Nothing is said to follow.', hint = 'Name a lifecycle as on_insert, on_update or on_delete.';
  end if;
  foreach v_kind in array array[
    check_attachment.attachment.on_insert, check_attachment.attachment.on_update, check_attachment.attachment.on_delete
  ] loop
    if v_kind is not null and not exists (select from steward.lifecycles l where l.kind = v_kind) then
      raise exception using
        errcode = 'ST424',
        message = format('There is no lifecycle %s.', quote_literal(v_kind)),
        hint = 'Define it first, with steward.define_lifecycle.';
    end if;
  end loop;
  if check_attachment.attachment.columns is not null and check_attachment.attachment.on_update is null then
    raise exception using errcode = 'ST424', message = 'columns says which changes on_update follows, and there is no on_update.';
  end if;
  if check_attachment.attachment.columns = '{}' then
    raise exception using errcode = 'ST424', message = 'columns is empty.', hint = 'Name columns, or leave it out to follow every change.';
  end if;
  foreach v_column in array coalesce(check_attachment.attachment.columns, '{}') loop
    if not exists (
      select from pg_catalog.pg_attribute a
      where a.attrelid = check_attachment.of_table and a.attname = v_column and a.attnum > 0 and not a.attisdropped
    ) then
      raise exception using errcode = 'ST424', message = format('%s has no column %s.', check_attachment.of_table, quote_literal(v_column));
    end if;
  end loop;
  if check_attachment.attachment.on_error not in ('abort', 'log') or check_attachment.attachment.on_error is null then
    raise exception using errcode = 'ST424', message = 'on_error must be abort or log.';
  end if;
end
$$;

comment on function steward_private.check_attachment(regclass, steward.attachments) is 'Raises ST424 when a table cannot be attached like this. For steward.attach.';
