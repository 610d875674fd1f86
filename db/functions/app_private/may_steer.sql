create or replace function app_private.may_steer(run_id uuid, reader text)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select r.scope_id is null and r.kind <> 'user_deletion' and r.owner_id = may_steer.reader
    or r.kind <> 'project_deletion' and exists (
      select from app_public.project_members m
      where m.project_id = r.scope_id::uuid and m.user_id = may_steer.reader::uuid
        -- Suspending and resuming is for owners: so is undoing it half-way.
        and (m.role = 'owner' or m.role = 'admin' and r.kind <> 'project_state')
    )
  from steward.runs r
  where r.id = may_steer.run_id
$$;

comment on function app_private.may_steer(uuid, text) is
  'Whether a user who sees a run may retry and cancel it: of a user, their own; of a project, one that they own or administer, but suspending and resuming as owners only. Deletions are for administrators alone. The hook may_steer of the lifecycles.';
