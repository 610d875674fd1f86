create or replace function steward_private.are_others_at_work(worker_id integer)
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
    where s.worker_id is not null and s.worker_id <> are_others_at_work.worker_id
    offset 0
  )
$$;

comment on function steward_private.are_others_at_work(integer) is
  'Whether other workers hold steps, which would have to be rescued if they died. For every worker, each second.';
