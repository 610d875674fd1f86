create or replace function app_private.is_leaving(user_id uuid, provider text)
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
      where r.kind = 'user_deletion' and r.subject_id = is_leaving.user_id::text and r.status in ('pending', 'running', 'suspended')
      offset 0
    ) r
    cross join lateral (select s.item, s.status from steward.steps s where s.run_id = r.id and s.task = 'cloud_remove' offset 0) s
    where coalesce(s.item, 'openstack') = is_leaving.provider and s.status not in ('succeeded', 'cancelled')
  )
$$;

comment on function app_private.is_leaving(uuid, text) is
  'Whether the account of a deleted user with this id has still to be removed at a cloud provider: a user made again with the same id waits for it. For workers.';
