create or replace function app_private.finish_onboarding(user_ids uuid[], model text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_nestloop = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_run_ids uuid[];
  v_step_ids bigint[];
  v_leases integer[];
begin
  -- The user, then the run, then the step: in this order everywhere.
  perform app_private.lock_users(finish_onboarding.user_ids);
  v_run_ids := array(
    select l.run_id from app_private.latest_signups(finish_onboarding.user_ids) l
    where l.run_status in ('pending', 'running', 'failed')
  );
  perform from steward.runs r where r.id = any (v_run_ids) order by r.id for no key update;

  -- A step that had failed for good is taken up again: with its run where that has ended, else by itself.
  perform steward_private.retry_runs(array_agg(l.run_id))
  from app_private.latest_signups(finish_onboarding.user_ids) l
  where l.run_id = any (v_run_ids) and l.run_status = 'failed' and l.step_status in ('failed', 'cancelled')
  having count(*) > 0;

  with again as (
    update steward.steps s
    set status = 'queued', attempts = 0, lease = s.lease + 1, finished_at = null
    from app_private.latest_signups(finish_onboarding.user_ids) l
    where s.id = any (array(select m.step_id from app_private.latest_signups(finish_onboarding.user_ids) m)) and s.id = l.step_id
      and l.run_id = any (v_run_ids) and l.run_status in ('pending', 'running') and s.status in ('failed', 'cancelled')
    returning s.run_id
  )
  update steward.runs r
  set failed = r.failed - 1
  from again a
  where r.id = any (v_run_ids) and r.id = a.run_id;

  -- What waits for its next try need not wait: whoever calls has a reason to.
  v_step_ids := array(
    select l.step_id from app_private.latest_signups(finish_onboarding.user_ids) l
    where l.run_id = any (v_run_ids) and l.step_status in ('queued', 'retrying')
  );
  update steward.steps s
  set ready_at = clock_timestamp()
  where s.id = any (v_step_ids) and s.ready_at > clock_timestamp();

  select array_agg(b.step_id), array_agg(b.lease)
  into v_step_ids, v_leases
  from steward_private.begin_steps(v_step_ids, null) b;

  perform app_private.onboard_users(
    array(
      select l.user_id from app_private.latest_signups(finish_onboarding.user_ids) l
      where not l.is_at_work and l.run_status is distinct from 'suspended'
    ),
    finish_onboarding.model
  );
  perform steward_private.succeed_steps(v_step_ids, v_leases);
end
$$;

comment on function app_private.finish_onboarding(uuid[], text) is
  'Onboards users here and now, in this transaction, and ends the step onboard of their latest user_signup runs as succeeded, also where it had failed or waits for its next try. Whom a worker is onboarding is left to it, who is suspended is left alone. Raises what onboard_users raises. For logins and the backfill.';
