create or replace function steward_private.make_triggers(of_table regclass, attachment steward.attachments)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_event record;
  v_table regclass;
  v_name text;
begin
  for v_event in
    select *
    from (values
      ('insert', make_triggers.attachment.on_insert, 'after insert', 'referencing new table as new_rows'),
      ('update', make_triggers.attachment.on_update, 'after update', 'referencing old table as old_rows new table as new_rows'),
      ('delete', make_triggers.attachment.on_delete, 'after delete', 'referencing old table as old_rows'),
      -- A TRUNCATE deletes too, and shows its rows to nobody: they are read before they go.
      ('truncate', make_triggers.attachment.on_delete, 'before truncate', '')
    ) as e (name, kind, moment, transition)
    where e.kind is not null
  loop
    v_name := steward_private.trigger_name(make_triggers.of_table, v_event.name);
    execute steward_private.trigger_function(make_triggers.of_table, make_triggers.attachment, v_event.name, v_event.kind, v_name);
    execute format('revoke execute on function steward_private.%I() from public', v_name);
    -- What is written to a partition by its own name fires that partition's triggers only.
    for v_table in select p.relid from pg_partition_tree(make_triggers.of_table) p union select make_triggers.of_table loop
      execute format(
        'create trigger %I %s on %s %s for each statement execute function steward_private.%I()',
        '_900_steward_' || v_event.name, v_event.moment, v_table, v_event.transition, v_name
      );
    end loop;
  end loop;
end
$$;

comment on function steward_private.make_triggers(regclass, steward.attachments) is 'Makes the trigger functions and triggers of an attachment, on the table and its partitions. For steward.attach.';
