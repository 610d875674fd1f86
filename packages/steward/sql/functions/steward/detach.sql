create or replace function steward.detach(of_table regclass default null, former_name text default null)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_attachment steward.attachments;
  v_open bigint;
begin
  delete from steward.attachments a
  where a.table_id = detach.of_table or a.table_name = detach.former_name
  returning a.* into v_attachment;
  if v_attachment.table_id is null and (detach.of_table is null or not exists (select from pg_catalog.pg_class c where c.oid = detach.of_table)) then
    raise exception using
      errcode = 'ST424',
      message = format('No table %s is attached.', coalesce(detach.former_name, detach.of_table::text, 'of no name')),
      hint = 'select table_id::oid, table_id, table_name from steward.attachments; lists those that are.';
  end if;
  v_attachment.table_id := coalesce(v_attachment.table_id, detach.of_table);
  perform steward_private.drop_triggers(v_attachment.table_id);
  if v_attachment.table_name is null then
    return format('%s was not attached.', v_attachment.table_id);
  end if;
  select count(*) into v_open
  from steward.runs r
  where r.subject_table in (v_attachment.table_name, v_attachment.table_id::text) and r.status in ('pending', 'running', 'suspended');
  return format('%s is detached.', coalesce((select c.oid::regclass::text from pg_catalog.pg_class c where c.oid = v_attachment.table_id), v_attachment.table_name))
    || case when v_open > 0 then format(' %s runs that it started are still open and go on.', v_open) else '' end;
end
$$;

comment on function steward.detach(regclass, text) is
  'Removes every trigger that steward.attach made on a table. A table that somebody has dropped is named by former_name, or by its number (steward.attachments.table_id::oid). Runs that were started go on; the answer says how many are open. ST424: no such table is attached. For the owner.';
