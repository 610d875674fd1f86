create or replace function steward_private.forget_refusals(step_ids bigint[])
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  delete from steward.refusals r
  using steward.steps s, steward_private.workers w
  where s.id = any (forget_refusals.step_ids) and w.id = s.begun_by
    and r.lane = s.lane and r.credentials = w.credentials ->> s.lane
$$;

comment on function steward_private.forget_refusals(bigint[]) is
  'The services of these steps have taken what their workers sign in with. For succeed_steps and fail_step.';
