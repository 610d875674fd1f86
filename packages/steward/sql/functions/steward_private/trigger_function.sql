create or replace function steward_private.trigger_function(
  of_table regclass,
  attachment steward.attachments,
  event text,
  kind text,
  name text
)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_expressions text[];
  v_source text;
  v_sample text;
  v_starts text;
begin
  -- A column's name is quoted as one; anything else is an expression, whose names without a table are columns of the row.
  v_expressions := array(
    select case
      when e.text is null then 'null'
      when exists (
        select from pg_catalog.pg_attribute a
        where a.attrelid = trigger_function.of_table and a.attname = e.text and a.attnum > 0 and not a.attisdropped
      ) then format('r.%I', e.text)
      else format('(%s)', e.text)
    end
    from unnest(array[
      trigger_function.attachment.owner, trigger_function.attachment.scope, trigger_function.attachment.input,
      coalesce(trigger_function.attachment."when", 'true')
    ]) with ordinality as e (text, position)
    order by e.position
  );
  v_source := case trigger_function.event
    when 'insert' then 'new_rows r'
    when 'delete' then 'old_rows r'
    -- Of a partition that is truncated by its own name, its rows.
    when 'truncate' then format(
      '(select * from %1$s t where TG_RELID = %1$L::regclass or t.tableoid = any (array(select p.relid::oid from pg_partition_tree(TG_RELID) p))) r', trigger_function.of_table
    )
    else format(
      -- A row whose key changes has none before: it counts as changed.
      'new_rows r left join (select o as old, %s from old_rows o) before on %s where (before.steward_key_1 is null or %s)',
      (select string_agg(format('o.%I as steward_key_%s', c.name, c.position), ', ') from unnest(trigger_function.attachment.key_columns) with ordinality as c (name, position)),
      (select string_agg(format('before.steward_key_%s = r.%I', c.position, c.name), ' and ') from unnest(trigger_function.attachment.key_columns) with ordinality as c (name, position)),
      -- By image: not every type can be compared by value.
      case
        when trigger_function.attachment.columns is null then 'r *<> before.old'
        else (
          select format('row(%s)::record *<> row(%s)::record', string_agg(format('r.%I', c), ', '), string_agg(format('(before.old).%I', c), ', '))
          from unnest(trigger_function.attachment.columns) c
        )
      end
    )
  end;
  v_sample := concat_ws(
    ' cross join ', format('(select * from %s limit 0) r', trigger_function.of_table),
    case when trigger_function.event = 'update' then format('(select o as old from %s o limit 0) before', trigger_function.of_table) end
  );
  begin
    execute format(
      'select %s::text, %s::text, %s::jsonb from %s where %s',
      v_expressions[1], v_expressions[2], v_expressions[3], v_sample, v_expressions[4]
    );
  exception
    when lock_not_available or serialization_failure or deadlock_detected then
      raise; -- that is no fault of the expressions
    when others then
      raise exception using
        errcode = 'ST424',
        message = format('owner, scope, input or "when" is not valid for %s: %s.', trigger_function.of_table, sqlerrm),
        hint = 'Each is a column of the table or an expression over its row; names of other schemas'' functions need their schema.';
  end;
  v_starts := format(
    $sql$
    select array_agg(s.id), %s, %s, %s
    into v_ids, v_owner_ids, v_scope_ids, v_inputs
    from (
      select %s as id, %s::text as owner_id, %s::text as scope_id, %s::jsonb as input
      from %s
      %s %s
    ) s;
    if v_ids is null then
      return null;
    end if;
    v_run_ids := steward.start_runs(%L, %L, v_ids, v_owner_ids, v_scope_ids, v_inputs); -- an assignment costs less than a perform
    %s
    $sql$,
    case when v_expressions[1] = 'null' then 'null' else 'array_agg(s.owner_id)' end,
    case when v_expressions[2] = 'null' then 'null' else 'array_agg(s.scope_id)' end,
    case when v_expressions[3] = 'null' then 'null' else 'array_agg(s.input)' end,
    steward_private.key_text(trigger_function.of_table, trigger_function.attachment.key_columns, 'r'),
    v_expressions[1], v_expressions[2], v_expressions[3], v_source,
    case when trigger_function.event = 'update' then 'and' else 'where' end, v_expressions[4],
    trigger_function.kind, trigger_function.attachment.table_name,
    case
      when exists (
        select from steward.lifecycle_steps d where d.kind = trigger_function.kind and d.is_batch and d.task = 'purge'
      ) then 'perform steward.start_purge(v_run_ids);'
    end
  );
  if trigger_function.attachment.on_error = 'log' then
    v_starts := format(
      $sql$
    begin
      %s
    exception
      -- The whole transaction has to be tried again: its client does that.
      when serialization_failure or deadlock_detected then
        raise;
      when others then
        insert into steward.missed_starts (kind, subject_table, subject_ids, owner_ids, scope_ids, inputs, error_code, error_message)
        select %L, %L, coalesce(v_ids, '{}'), v_owner_ids, v_scope_ids, v_inputs, sqlstate, sqlerrm;
    end;
      $sql$,
      v_starts, trigger_function.kind, trigger_function.attachment.table_name
    );
  end if;
  return format(
    $function$
create function steward_private.%I()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $body$
#variable_conflict use_column
declare
  v_ids text[];
  v_owner_ids text[];
  v_scope_ids text[];
  v_inputs jsonb[];
  v_run_ids uuid[];
begin
  %s
  return null;
end
$body$
    $function$,
    trigger_function.name,
    concat_ws(E'\n  ', case when trigger_function.event = 'truncate' then 'perform steward_private.refuse_old_snapshot(TG_RELID::regclass);' end, v_starts)
  );
end
$$;

comment on function steward_private.trigger_function(regclass, steward.attachments, text, text, text) is
  'The SQL of the function that an attachment''s trigger calls. For steward.attach.';
