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
begin
  for v_trigger in
    select t.tgrelid::regclass as table_name, t.tgname as name
    from pg_catalog.pg_trigger t
    join pg_catalog.pg_proc p on p.oid = t.tgfoid
    where p.pronamespace = 'steward_private'::regnamespace
      and not t.tgisinternal
      and t.tgname like '\_900\_steward\_%'
      and (t.tgrelid = drop_triggers.of_table or t.tgrelid in (select r.relid from pg_partition_tree(drop_triggers.of_table) r))
  loop
    execute format('drop trigger %I on %s', v_trigger.name, v_trigger.table_name);
  end loop;
  for v_function in
    select p.oid
    from unnest(array['insert', 'update', 'delete', 'truncate']) as e (name)
    join pg_catalog.pg_proc p
      on p.pronamespace = 'steward_private'::regnamespace and p.proname = steward_private.trigger_name(drop_triggers.of_table, e.name)
  loop
    execute format('drop function %s', v_function);
  end loop;
end
$$;

comment on function steward_private.drop_triggers(regclass) is 'Removes the triggers and trigger functions of an attachment. For steward.attach and steward.detach.';
