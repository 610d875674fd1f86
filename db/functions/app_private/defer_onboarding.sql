create or replace function app_private.defer_onboarding(user_id uuid, error_code text, error_message text)
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
  v_step_id bigint;
  v_lease integer;
begin
  update steward.steps s
  set ready_at = clock_timestamp()
  where s.id = (select l.step_id from app_private.latest_signups(array[defer_onboarding.user_id]) l) and s.status in ('queued', 'retrying') and s.ready_at > clock_timestamp();

  select b.step_id, b.lease
  into v_step_id, v_lease
  from app_private.latest_signups(array[defer_onboarding.user_id]) l
  cross join steward_private.begin_steps(array[l.step_id], null) b;
  if v_step_id is not null then
    perform steward_private.fail_step(
      v_step_id, v_lease, 'defer', defer_onboarding.error_code, defer_onboarding.error_message, 2000
    );
  end if;
end
$$;

comment on function app_private.defer_onboarding(uuid, text, text) is
  'Notes at the step onboard of a user why it could not be finished during a login. No attempt is used up: however often somebody logs in, the worker''s attempts remain. For logins.';
