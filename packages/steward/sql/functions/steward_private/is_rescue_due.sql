create or replace function steward_private.is_rescue_due(worker_id integer)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select exists (
    select from steward_private.workers w
    where w.id <> is_rescue_due.worker_id
      and case
        when w.uses_lock then not steward_private.is_held(w.id, w.session_pid)
        else w.seen_at < now() - interval '5 seconds'
      end
  ) or exists (
    select from steward.steps s
    where s.worker_id is not null
      and (
        s.expires_at < clock_timestamp() - interval '2 seconds'
        or not exists (select from steward_private.workers w where w.id = s.worker_id)
      )
    offset 0
  )
$$;

comment on function steward_private.is_rescue_due(integer) is
  'Whether steward_private.rescue_steps might find anything: a worker that is gone, or a step past its timeout. For every worker, each second, so that rescuing costs nothing where nothing is to be rescued.';
