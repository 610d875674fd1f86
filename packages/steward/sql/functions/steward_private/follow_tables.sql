create or replace function steward_private.follow_tables()
returns text[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_attachment steward.attachments;
  v_target steward.purge_targets;
  v_old text[];
  v_names text[] := '{}';
begin
  for v_attachment in
    select a.* from steward.attachments a
    join pg_catalog.pg_class c on c.oid = a.table_id
    where a.table_name <> a.table_id::text or a.key_columns <> steward_private.key_columns(a.table_id) and steward_private.key_columns(a.table_id) <> '{}'
    order by a.table_name
  loop
    perform steward_private.drop_triggers(v_attachment.table_id);
    -- Open runs too, so that a subject still has one of a kind.
    update steward.runs r
    set subject_table = v_attachment.table_id::text
    where r.subject_table = v_attachment.table_name and r.status in ('pending', 'running', 'suspended')
      and v_attachment.table_name <> v_attachment.table_id::text
      and not exists (
        select from steward.runs o
        where o.subject_id = r.subject_id and o.kind = r.kind and o.subject_table = v_attachment.table_id::text and o.status in ('pending', 'running', 'suspended')
      );
    update steward.purge_targets t
    set subject_table = v_attachment.table_id::text
    where t.subject_table = v_attachment.table_name and v_attachment.table_name <> v_attachment.table_id::text;
    v_attachment.table_name := v_attachment.table_id::text;
    v_attachment.key_columns := steward_private.key_columns(v_attachment.table_id);
    update steward.attachments a
    set table_name = v_attachment.table_name, key_columns = v_attachment.key_columns
    where a.table_id = v_attachment.table_id;
    perform steward_private.make_triggers(v_attachment.table_id, v_attachment);
    v_names := v_names || v_attachment.table_name;
  end loop;

  for v_target in
    select t.* from steward.purge_targets t
    join pg_catalog.pg_class c on c.oid = t.table_id
    where t.table_name <> t.table_id::text
    order by t.subject_table, t.table_name
  loop
    update steward.purge_targets t
    set table_name = v_target.table_id::text
    where t.subject_table = v_target.subject_table and t.table_name = v_target.table_name;
    -- Purges that have not ended, or may be retried, name it too.
    update steward.steps s
    set item = v_target.table_id::text
    from steward.runs r
    where r.id = s.run_id and r.subject_table = v_target.subject_table
      and s.item = v_target.table_name and s.task = 'purge' and s.status <> 'succeeded';
    v_old := array['cutoffs', v_target.table_name];
    update steward.runs r
    set input = jsonb_set(r.input #- v_old, array['cutoffs', v_target.table_id::text], r.input #> v_old)
    where r.subject_table = v_target.subject_table and r.status <> 'succeeded' and r.input #> v_old is not null;
    v_names := v_names || v_target.table_id::text;
  end loop;
  return v_names;
end
$$;

comment on function steward_private.follow_tables() is
  'Takes up new names of attached tables, of their key columns and of tables to purge: runs and purges name them so from now on. Returns the names of these tables. For steward.attach and steward migrate.';
