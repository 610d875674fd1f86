create or replace function app_private.restart_signups(user_ids uuid[], with_cancelled boolean)
returns uuid[]
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
  v_user_ids uuid[];
  v_run_ids uuid[];
begin
  perform app_private.give_basics(restart_signups.user_ids);

  -- Locked first, so that nobody can be deleted without their run being seen; looked at again after it.
  v_user_ids := app_private.lock_users(array(
    select f.user_id from app_private.find_lacking(restart_signups.user_ids) f where f.needs <> 'nothing'
  ));
  v_run_ids := app_private.start_signups(array(
    select f.user_id from app_private.find_lacking(v_user_ids) f where f.needs = 'start'
  ));
  return v_run_ids || steward_private.retry_runs(array(
    select f.run_id from app_private.find_lacking(v_user_ids) f
    where f.needs = 'retry' and (f.run_status = 'failed' or restart_signups.with_cancelled)
  ));
end
$$;

comment on function app_private.restart_signups(uuid[], boolean) is
  'Starts or retries the user_signup runs that users lack, and gives them credits and type where they lack those. Runs that were cancelled are retried only with_cancelled. Returns the runs started or retried. For the backfill and onboarding.';
