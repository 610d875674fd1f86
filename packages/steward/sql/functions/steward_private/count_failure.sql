create or replace function steward_private.count_failure(run_id uuid, name text, item text)
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
begin
  if count_failure.item is not null then
    insert into steward_private.batch_progress as p (run_id, name, backend, failed)
    values (count_failure.run_id, count_failure.name, pg_backend_pid(), 1)
    on conflict on constraint batch_progress_pkey do update set failed = p.failed + 1;
    return;
  end if;
  update steward.runs r
  set failed = r.failed + 1
  where r.id = count_failure.run_id;
  perform steward_private.advance_runs(array[count_failure.run_id]);
end
$$;

comment on function steward_private.count_failure(uuid, text, text) is
  'Counts a step that failed for good, and advances its run unless the step is of a batch. For the engine.';
