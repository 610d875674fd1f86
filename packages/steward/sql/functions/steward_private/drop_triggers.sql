create or replace function steward_private.drop_triggers(of_table regclass)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_trigger record;
  v_function regprocedure;
  v_functions regprocedure[] := '{}';
begin
  perform steward_private.check_table_owner(drop_triggers.of_table);
  for v_trigger in
    select t.tgrelid::regclass as table_name, t.tgname as name, t.tgfoid::regprocedure as function
    from pg_catalog.pg_trigger t
    join pg_catalog.pg_proc p on p.oid = t.tgfoid
    where p.pronamespace = 'steward_private'::regnamespace
      and not t.tgisinternal
      and t.tgname like '\_900\_steward\_%'
      and (t.tgrelid = drop_triggers.of_table or t.tgrelid in (select r.relid from pg_partition_tree(drop_triggers.of_table) r))
  loop
    execute format('drop trigger %I on %s', v_trigger.name, v_trigger.table_name);
    v_functions := v_functions || v_trigger.function;
  end loop;
  -- Of a table that is gone its functions are left. Of a restored one they carry the number of another table: its triggers name them.
  for v_function in
    select unnest(v_functions)
    union
    select p.oid
    from pg_catalog.pg_proc p
    where p.pronamespace = 'steward_private'::regnamespace
      and p.proname ~ format('^tg_.*__%s_(insert|update|delete|truncate)$', drop_triggers.of_table::oid)
  loop
    if not exists (select from pg_catalog.pg_trigger t where t.tgfoid = v_function) then
      execute format('drop function %s', v_function);
    end if;
  end loop;
end
$$;

comment on function steward_private.drop_triggers(regclass) is 'Removes the triggers and trigger functions of an attachment. For steward.attach and steward.detach.';
