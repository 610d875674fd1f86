create or replace function steward_private.read_purge(
  step_id bigint,
  out tables text[],
  out key_column text,
  out key_query text,
  out cutoff_column text,
  out cutoff text,
  out is_indexed boolean,
  out pace text,
  out done bigint,
  out total bigint
)
returns record
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
declare
  v_step steward.steps;
  v_run steward.runs;
  v_target steward.purge_targets;
begin
  select * into strict v_step from steward.steps s where s.id = read_purge.step_id;
  select * into strict v_run from steward.runs r where r.id = v_step.run_id;
  select * into v_target
  from steward.purge_targets t
  where t.subject_table = v_run.subject_table and t.table_name = v_step.item;
  if not found then
    raise exception using
      errcode = 'ST704',
      message = format('The table %s is not registered for purging any more.', v_step.item),
      hint = 'Register it again in steward.purge_targets and retry the run; its rows are still there.';
  end if;
  perform steward_private.check_purge_target(v_target);
  if exists (
    select from steward.purge_targets t
    cross join lateral (
      select s.status from steward.steps s where s.run_id = v_step.run_id and s.name = v_step.name and s.item = t.table_name offset 0
    ) s
    where t.subject_table = v_target.subject_table and t.position < v_target.position
      and s.status not in ('succeeded', 'failed', 'cancelled')
  ) then
    raise exception using
      errcode = 'ST706',
      message = 'Tables of a smaller position are purged first.',
      hint = 'Nothing: this one follows.';
  end if;

  -- A table without partitions is no partition tree.
  tables := array(
    select p.relid::text
    from pg_partition_tree(v_target.table_name::regclass) p
    where p.isleaf and (select c.relkind from pg_catalog.pg_class c where c.oid = p.relid) = 'r'
    order by 1
  );
  if (select c.relkind from pg_catalog.pg_class c where c.oid = v_target.table_name::regclass) = 'r' then
    tables := array[v_target.table_name];
  end if;
  key_column := v_target.key_column;
  key_query := v_target.key_query;
  cutoff_column := v_target.cutoff_column;
  cutoff := v_run.input #>> array['cutoffs', v_step.item];
  if cutoff is null and cutoff_column is not null then
    -- The table could not be read when the purge was asked for. Without the subject all rows that are there now are old.
    cutoff := steward_private.purge_cutoff(v_run.subject_table, v_step.item);
    if steward_private.subject_exists(v_run.subject_table, v_run.subject_id) then
      raise exception using
        errcode = 'ST710',
        message = format('%s has the key of a purge again, which was asked for when %s could not be read.', v_run.subject_table, v_step.item),
        hint = 'Delete by hand the rows that are from before, then cancel the run.';
    end if;
  end if;
  is_indexed := steward_private.has_key_index(v_target.table_name::regclass, v_target.key_column);
  pace := v_target.pace;
  done := v_step.done;
  total := v_step.total;
end
$$;

comment on function steward_private.read_purge(bigint) is
  'What a purge step deletes from: the table, or its partitions, as the registry and the catalogue say at this moment. Raises ST704 if it is not registered any more, ST701 or ST702 if it cannot be purged any more, ST706 while others go first, ST710 if it cannot tell old rows from new. For workers.';
