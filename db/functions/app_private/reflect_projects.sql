create or replace function app_private.reflect_projects(run_ids uuid[])
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set enable_nestloop = off
as $$
  update app_public.projects p
  set
    status = case r.status
      when 'succeeded' then 'active'
      when 'failed' then 'failed'
      when 'cancelled' then 'failed'
      when 'suspended' then 'suspended'
      else 'provisioning'
    end::app_public.project_status,
    provisioning_completed_at = case when r.status = 'succeeded' then coalesce(p.provisioning_completed_at, r.finished_at) else p.provisioning_completed_at end
  from app_public.runs r
  where r.id = any (reflect_projects.run_ids)
    and r.kind = 'project_provisioning'
    and p.id = any (array(select o.subject_id from app_public.runs o where o.id = any (reflect_projects.run_ids) and o.kind = 'project_provisioning'))
    and p.id = r.subject_id
    and p.status <> 'suspended' -- which only resuming ends
$$;

comment on function app_private.reflect_projects(uuid[]) is
  'Shows in projects.status how their provisioning runs stand; a suspended project stays so until it is resumed. For the engine.';
