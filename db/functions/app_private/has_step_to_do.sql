create or replace function app_private.has_step_to_do(subject_id uuid, kind text, step_name text)
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
      where r.kind = has_step_to_do.kind
        and r.subject_id = has_step_to_do.subject_id::text
        and r.status in ('pending', 'running', 'suspended')
      offset 0
    ) r
    cross join lateral (
      select s.status from steward.steps s where s.run_id = r.id and s.name = has_step_to_do.step_name offset 0
    ) s
    where s.status not in ('succeeded', 'cancelled')
  )
$$;

comment on function app_private.has_step_to_do(uuid, text, text) is
  'Whether the open run of this kind and subject has yet to do a step of this name. For steps that wait for another one.';
