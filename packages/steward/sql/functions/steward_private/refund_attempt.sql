create or replace function steward_private.refund_attempt(step_id bigint, lease integer)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  update steward.steps s
  set attempts = s.attempts - 1
  where s.id = refund_attempt.step_id
    and s.lease > refund_attempt.lease
    and exists (
      select from steward_private.past_attempts p
      where p.step_id = refund_attempt.step_id and p.lease = refund_attempt.lease and p.outcome = 'rescued'
    )
    and s.status in ('queued', 'running', 'retrying', 'succeeded')
    and s.attempts > case when s.status in ('running', 'succeeded') then 1 else 0 end
$$;

comment on function steward_private.refund_attempt(bigint, integer) is
  'A worker says that it lives, and that only its session was lost while it had the lease, or that a lock of somebody else''s kept the attempt from going on and its end from being recorded: the attempt that others ended by their rescue does not count. For workers.';
