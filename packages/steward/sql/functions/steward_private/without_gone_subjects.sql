create or replace function steward_private.without_gone_subjects(run_ids uuid[])
returns uuid[]
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  return array(
    select r.id
    from (select r.id, r.kind, r.subject_table, r.subject_id, r.created_at from steward.runs r where r.id = any (without_gone_subjects.run_ids) offset 0) r
    left join steward.lifecycles l on l.kind = r.kind
    where coalesce(l.of_deleted, false) or steward_private.subject_exists(r.subject_table, r.subject_id)
    order by r.created_at, r.id
  );
end
$$;

comment on function steward_private.without_gone_subjects(uuid[]) is
  'Those of the runs that can succeed: what is about a row that is gone cannot, unless its lifecycle is of deleted rows. For steward_private.steer_runs.';
