create or replace function steward_private.return_unheard(worker_id integer, heard_step_ids bigint[])
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
  v_step steward.steps;
begin
  -- Not rescued yet: the last attempt of a step is left alone for seconds, so that it can be given back. Waits for a rescue under way.
  for v_step in
    select * from steward.steps s
    where s.worker_id = return_unheard.worker_id and s.status = 'running' and s.id <> all (return_unheard.heard_step_ids)
    order by s.id
    for no key update
  loop
    perform steward_private.fail_step(v_step.id, v_step.lease, 'release');
  end loop;

  update steward.steps s
  set attempts = s.attempts - 1
  from steward_private.past_attempts p
  where p.ended_at > now() - interval '5 minutes' and p.begun_by = return_unheard.worker_id and p.outcome = 'rescued'
    and s.id = p.step_id and s.id <> all (return_unheard.heard_step_ids)
    and s.lease > p.lease
    and (s.error_code = 'ST402' or s.status = 'succeeded')
    and s.status in ('queued', 'running', 'retrying', 'succeeded')
    and s.attempts > case when s.status in ('running', 'succeeded') then 1 else 0 end;
end
$$;

comment on function steward_private.return_unheard(integer, bigint[]) is
  'A worker that lost only its session and was taken for gone, and goes on under another id, gives back what it never heard that it had begun under the former one, worker_id: the answer went with a connection. Such attempts do not count. heard_step_ids: the steps whose end it looks after itself. For workers.';
