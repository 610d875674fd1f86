create or replace function app_private.tg_projects__follow_changes()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_nestloop = off
set jit = off
as $$
declare
  v_project_ids uuid[];
  v_tenant_ids uuid[];
  v_user_ids uuid[];
begin
  select array_agg(n.id), array_agg(n.tenant_id) || array_agg(o.tenant_id)
  into v_project_ids, v_tenant_ids
  from new_rows n join old_rows o on o.id = n.id
  where o.tenant_id is distinct from n.tenant_id;
  if v_project_ids is not null then
    perform app_private.lock_tenants(v_tenant_ids);
    perform app_private.refresh_project_members(v_project_ids);
  end if;

  -- Another owner changes nothing for others. Who deletes the owner gets here: no tenant may be waited for.
  select array_agg(n.id), array_agg(n.created_by) || array_agg(o.created_by)
  into v_project_ids, v_user_ids
  from new_rows n join old_rows o on o.id = n.id
  where o.created_by is distinct from n.created_by;
  if v_project_ids is not null then
    perform app_private.refresh_project_members(v_project_ids || v_project_ids, v_user_ids);
  end if;

  -- While a project was not linked (its provisioning had failed or been cancelled) nobody could be synced.
  perform app_private.sync_members(array_agg(m.project_id), array_agg(m.user_id))
  from new_rows n
  join old_rows o on o.id = n.id
  cross join lateral (select m.project_id, m.user_id from app_public.project_members m where m.project_id = n.id offset 0) m
  where o.external_id is null and n.external_id is not null
    and not exists (
      select
      from (
        select r.id from steward.runs r
        where r.kind = 'project_provisioning' and r.subject_id = n.id::text and r.status in ('pending', 'running', 'suspended')
        offset 0
      ) r
      cross join lateral (
        select s.status from steward.steps s
        where s.run_id = r.id and s.name = 'sync_member' and s.item = m.user_id::text
        offset 0
      ) s
      where s.status in ('waiting', 'queued', 'running', 'retrying')
      offset 0
    )
  having count(*) > 0;
  return null;
end
$$;

comment on function app_private.tg_projects__follow_changes() is
  'A project that changes its tenant or owner changes its members; one that is linked has those synced whom its provisioning does not.';

create or replace trigger _500_follow_changes
after update on app_public.projects
referencing old table as old_rows new table as new_rows
for each statement
execute function app_private.tg_projects__follow_changes();
