create or replace function steward_private.purge_cutoff(subject_table text, table_name text)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_target steward.purge_targets;
  v_sequence regclass;
begin
  select t.* into v_target
  from steward.purge_targets t
  where t.subject_table = purge_cutoff.subject_table and t.table_name = purge_cutoff.table_name;
  if not found then
    raise exception using
      errcode = 'ST704',
      message = format('The table %s is not registered for purging any more.', purge_cutoff.table_name),
      hint = 'Register it again in steward.purge_targets and retry the run; its rows are still there.';
  end if;

  if v_target.cutoff_column is not null then
    v_sequence := pg_get_serial_sequence(v_target.table_name, v_target.cutoff_column)::regclass;
  end if;
  if v_sequence is null and exists (
    select from pg_catalog.pg_attribute a
    where a.attrelid = steward_private.find_table(v_target.table_name) and a.attname = v_target.cutoff_column and a.atttypid = 'bigint'::regtype
  ) then
    return null; -- not the table any more that was registered
  elsif v_sequence is null then
    -- In ISO 8601 whatever the session's DateStyle is.
    return to_jsonb(clock_timestamp()) #>> '{}';
  end if;
  -- The sequence itself, not the largest number in the table: a transaction may hold a number whose row nobody sees yet.
  return coalesce(
    pg_sequence_last_value(v_sequence),
    (select s.seqstart - s.seqincrement from pg_catalog.pg_sequence s where s.seqrelid = v_sequence)
  );
end
$$;

comment on function steward_private.purge_cutoff(text, text) is
  'The present cut-off of a registered table: rows inserted from now on have a greater value in its cutoff_column. ST704 if it is not registered.';
