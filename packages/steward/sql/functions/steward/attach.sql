create or replace function steward.attach(
  of_table regclass,
  on_insert text default null,
  on_update text default null,
  columns text[] default null,
  on_delete text default null,
  owner text default null,
  scope text default null,
  input text default null,
  "when" text default null,
  on_error text default 'abort'
)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_attachment steward.attachments;
begin
  v_attachment := row(
    attach.of_table, attach.of_table::text, steward_private.key_columns(attach.of_table),
    attach.on_insert, attach.on_update, attach.on_delete, attach.columns,
    attach.owner, attach.scope, attach.input, attach."when", attach.on_error, now()
  );
  perform steward_private.check_attachment(attach.of_table, v_attachment);
  perform steward_private.follow_tables();
  perform steward_private.drop_triggers(attach.of_table);
  -- A table that was dropped and made again.
  delete from steward.attachments a
  where a.table_name = v_attachment.table_name and not exists (select from pg_catalog.pg_class c where c.oid = a.table_id);

  insert into steward.attachments as a
  select v_attachment.*
  on conflict (table_id) do update
  set
    table_name = excluded.table_name,
    key_columns = excluded.key_columns, on_insert = excluded.on_insert, on_update = excluded.on_update, on_delete = excluded.on_delete,
    columns = excluded.columns, owner = excluded.owner, scope = excluded.scope, input = excluded.input, "when" = excluded."when",
    on_error = excluded.on_error, attached_at = excluded.attached_at;
  perform steward_private.make_triggers(attach.of_table, v_attachment);
  update steward.lifecycles l set of_deleted = true where l.kind = attach.on_delete and not l.of_deleted;
  return format('%s is attached.', attach.of_table);
end
$$;

comment on function steward.attach(regclass, text, text, text[], text, text, text, text, text, text) is
  'Attaches a table to lifecycles: from now on each inserted, changed (in one of the columns, or in any) or deleted row starts a run, in the same transaction, whoever writes, with whatever rights on that table. owner, scope, input and when are columns of the table or expressions over a row: who may see the run, the group that may see it, what its tasks need to know (jsonb), and which rows count. on_update''s expressions read the row as it is now, and (old).column as it was; (old) is null for a row whose key changes. on_error: abort, so that a write fails if its run cannot be started, or log, so that it stands and a worker starts the run later. The table gets statement-level triggers and nothing else. Called again, it replaces what was attached. ST424: it cannot be attached like this. For the owner of the engine, who must own the table too.';
