create or replace function steward_private.is_mending_due()
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select exists (
    select from steward.steps s
    where s.status in ('queued', 'retrying') and not s.is_backlog and s.ready_at < now() - interval '10 seconds'
    offset 0
  )
  or exists (select from steward_private.batch_progress offset 0)
  or exists (select from steward.missed_starts offset 0)
$$;

comment on function steward_private.is_mending_due() is
  'Whether steward_private.mend_steps, mend_batches or mend_starts might find anything. For every worker, each second, so that mending costs nothing where nothing is to be mended.';
