create or replace function app_private.may_come_late(subject_id uuid, kind text, step_name text)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select exists (
    select
    from (
      select r.id from steward.runs r
      where r.subject_id = may_come_late.subject_id::text and r.kind = may_come_late.kind
        and r.status <> 'succeeded' and r.finished_at > now() - interval '30 seconds'
      offset 0
    ) r
    cross join lateral (
      select s.status, s.begun_at from steward.steps s where s.run_id = r.id and s.name = may_come_late.step_name offset 0
    ) s
    where s.begun_at is not null and s.status <> 'succeeded'
  )
$$;

comment on function app_private.may_come_late(uuid, text, text) is
  'Whether a run of this kind and subject was given up within the last half minute, after its step of this name had begun: a provider may yet carry out what it asked for. For tasks that remove that, and find nothing.';
