create or replace function app_private.start_signups(user_ids uuid[])
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
begin
  -- Locked, so that nobody can be deleted without their new run being seen.
  v_user_ids := app_private.lock_users(start_signups.user_ids);
  if v_user_ids = '{}' then
    return '{}';
  end if;
  perform app_private.give_basics(v_user_ids);
  return steward.start_runs('user_signup', 'app_public.users', v_user_ids::text[], v_user_ids::text[]);
end
$$;

comment on function app_private.start_signups(uuid[]) is
  'Starts a user_signup run for each of the users who has none open, and gives them credits and type where they lack them. Returns the new runs. For the backfill and onboarding.';
