create or replace function app_private.unsynced_members(project_ids uuid[])
returns setof app_public.project_members
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select m.*
  from unnest(unsynced_members.project_ids) as i (id)
  -- One whose provisioning run is lacking gets its members with it. Runs of older ones may have been forgotten.
  cross join lateral (
    select p.id from app_public.projects p
    where p.id = i.id
      and p.created_at >= greatest(
        (select steward.kept_since('project_provisioning')), (select steward.kept_since('project_update'))
      )
      and exists (select from steward.runs r where r.scope_id = p.id::text and r.kind = 'project_provisioning' offset 0)
    offset 0
  ) p
  cross join lateral (
    select m.* from app_public.project_members m where m.project_id = p.id and m.synced_at is null offset 0
  ) m
  where not exists (
    select
    from steward.runs r
    join steward.steps s on s.run_id = r.id
    where r.scope_id = p.id::text and r.kind in ('project_provisioning', 'project_update')
      and s.name = 'sync_member' and s.item = m.user_id::text
    offset 0
  )
$$;

comment on function app_private.unsynced_members(uuid[]) is
  'Members of these projects whom no step has put, or is to put, into the project at its provider: they were inserted while triggers were off. For steward.all_violations and the backfill.';
