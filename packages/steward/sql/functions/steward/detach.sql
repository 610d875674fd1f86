create or replace function steward.detach(of_table regclass)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_open bigint;
begin
  perform steward_private.drop_triggers(detach.of_table);
  delete from steward.attachments a where a.table_name = detach.of_table::text;
  select count(*) into v_open
  from steward.runs r
  where r.subject_table = detach.of_table::text and r.status in ('pending', 'running', 'suspended');
  return format('%s is detached.', detach.of_table)
    || case when v_open > 0 then format(' %s runs that it started are still open and go on.', v_open) else '' end;
end
$$;

comment on function steward.detach(regclass) is
  'Removes every trigger that steward.attach made on a table. Runs that were started go on; the answer says how many are open. For the owner.';
