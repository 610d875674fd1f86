create or replace function steward.start_purge(run_ids uuid[], cutoffs jsonb default null)
returns void
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
  v_group record;
  v_step text;
  v_target steward.purge_targets;
  v_limit bigint;
  v_due text[];
  v_keys text[];
  v_waiting smallint;
  v_run_ids uuid[];
  v_items text[];
  v_cutoffs jsonb;
begin
  for v_group in
    select r.kind, r.subject_table, array_agg(r.id) as run_ids, array_agg(r.subject_id) as ids
    from steward.runs r
    where r.id = any (start_purge.run_ids) and r.status::text in ('pending', 'running', 'suspended')
    group by r.kind, r.subject_table
  loop
    select d.name into v_step from steward.lifecycle_steps d where d.kind = v_group.kind and d.is_batch and d.task = 'purge';
    continue when not found;
    v_limit := greatest(
      (select s.value from steward.settings s where s.name = 'purge_inline_threshold'),
      -- Many subjects in one statement: what each of them has at least.
      10 * cardinality(v_group.ids)
    );
    v_waiting := null;
    v_run_ids := '{}';
    v_items := '{}';
    v_cutoffs := '{}';

    -- A loop over tables, not over rows: the registry says which.
    for v_target in
      select * from steward.purge_targets t
      where t.subject_table = v_group.subject_table and (start_purge.cutoffs is null or start_purge.cutoffs ? t.table_name)
      order by t.position, t.table_name
    loop
      begin
        v_due := v_group.ids;
        if start_purge.cutoffs is null then
          select d.due_ids, d.few_keys into v_due, v_keys
          from steward_private.purge_due(v_target, v_group.ids, v_limit, coalesce(v_waiting < v_target.position, false)) d;
          if v_keys is not null then
            v_target.key_query := null;
            execute format('delete from %s t where %s', v_target.table_name, steward_private.purge_condition(v_target, '$1')) using v_keys;
            continue;
          end if;
        end if;
        continue when v_due = '{}';
        if v_target.cutoff_column is not null then
          v_cutoffs := v_cutoffs || jsonb_build_object(
            v_target.table_name,
            coalesce(start_purge.cutoffs ->> v_target.table_name, steward_private.purge_cutoff(v_target.subject_table, v_target.table_name))
          );
        end if;
      exception
        -- The whole transaction has to be tried again: its client does that.
        when serialization_failure or deadlock_detected then
          raise;
        -- A table that is gone, that others refer to, or whose triggers refuse, fails its purge and not the statement that starts it.
        when others then
          v_due := v_group.ids;
      end;
      v_waiting := coalesce(v_waiting, v_target.position);
      v_run_ids := v_run_ids || array(
        select g.run_id from unnest(v_group.run_ids, v_group.ids) as g (run_id, id) where g.id = any (v_due)
      );
      v_items := v_items || array_fill(v_target.table_name, array[cardinality(v_run_ids) - cardinality(v_items)]);
    end loop;

    if v_run_ids <> '{}' then
      update steward.runs r
      set input = coalesce(r.input, '{}') || jsonb_build_object('cutoffs', v_cutoffs)
      where r.id = any (v_run_ids);
      perform steward.request_steps(v_run_ids, v_step, v_items);
    end if;
  end loop;
end
$$;

comment on function steward.start_purge(uuid[], jsonb) is
  'Purges what steward.purge_targets lists for the subjects of these open runs, whose lifecycle has a batch step with the task purge. Of each table few rows go at once, in this transaction (settings.purge_inline_threshold); more, and those of a table without an index on its key, go in purge steps. Rows inserted later stay, where the table has a cutoff_column. cutoffs names tables and earlier cut-offs of them: then these alone are purged, by steps. A table that cannot be purged fails its step, not this transaction. For triggers that follow a deletion, and for requests.';
