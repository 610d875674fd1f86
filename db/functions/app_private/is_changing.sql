create or replace function app_private.is_changing(subject_id uuid, kinds text[])
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select exists (
    select from steward.runs r
    where r.subject_id = is_changing.subject_id::text
      and r.kind = any (is_changing.kinds)
      and r.status in ('pending', 'running')
    offset 0
  )
$$;

comment on function app_private.is_changing(uuid, text[]) is
  'Whether a run of one of these kinds is at work for the subject, so that what a provider has is about to change. For the tasks that compare.';
