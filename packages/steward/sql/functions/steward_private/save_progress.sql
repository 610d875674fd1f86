create or replace function steward_private.save_progress(step_id bigint, done bigint, total bigint)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
  update steward.steps s
  set
    done = greatest(s.done, save_progress.done),
    total = greatest(coalesce(save_progress.total, s.total), save_progress.done),
    -- An attempt that gets further is not a failed one, whatever becomes of it.
    attempts = case when save_progress.done > s.done then 1 else s.attempts end
  where s.id = save_progress.step_id
$$;

comment on function steward_private.save_progress(bigint, bigint, bigint) is
  'Notes how much of its own work a step has done, and how much there is (null: as before). It never goes back; getting further gives all attempts back. Call it in a transaction that fence_step guards. For workers.';
