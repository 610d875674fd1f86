create or replace function app_private.is_being_removed(user_id uuid, step_name text)
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
      where r.kind = 'user_deletion'
        and r.subject_id = is_being_removed.user_id::text
        and r.status in ('pending', 'running', 'suspended')
      offset 0
    ) r
    cross join lateral (
      select s.status from steward.steps s where s.run_id = r.id and s.name = is_being_removed.step_name offset 0
    ) s
    where s.status not in ('succeeded', 'cancelled')
  )
$$;

comment on function app_private.is_being_removed(uuid, text) is
  'Whether a deletion of a user with this id has still to do a step: a user made again with the same id waits for it. For workers.';
