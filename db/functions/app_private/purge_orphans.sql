create or replace function app_private.purge_orphans(table_name text, user_ids uuid[], cutoff text)
returns integer
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
  v_run_ids uuid[];
begin
  -- Whoever was given the id again meanwhile is a user now.
  select steward.start_runs(
    'user_deletion', 'app_public.users', array_agg(o.id::text), array_agg(o.id::text)
  )
  into v_run_ids
  from unnest(purge_orphans.user_ids) as o (id)
  where not exists (select from app_public.users u where u.id = o.id offset 0);

  perform steward.start_purge(v_run_ids, jsonb_build_object(purge_orphans.table_name, purge_orphans.cutoff));
  return cardinality(v_run_ids);
end
$$;

comment on function app_private.purge_orphans(text, uuid[], text) is
  'Starts user_deletion runs for ids that belong to no user, to purge their rows in a registered table up to the cut-off. Call it once every transaction that was open when find_orphans looked has ended: only then is an id without a user surely nobody''s. Returns how many runs it started. For the nightly sweep.';
