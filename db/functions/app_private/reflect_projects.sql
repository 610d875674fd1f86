create or replace function app_private.reflect_projects(run_ids uuid[], change text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set enable_nestloop = off
set jit = off
as $$
#variable_conflict use_column
begin
  -- A run of a suspended project that was retried is held until the project is resumed.
  if reflect_projects.change = 'retried' then
    perform steward_private.suspend_runs(array(
      select r.id from steward.runs r join app_public.projects p on p.id = r.subject_id::uuid
      where r.id = any (reflect_projects.run_ids) and p.status = 'suspended'
    ));
  end if;

  -- Steps that a change of members has added meanwhile would be left in the runs that are given up.
  if reflect_projects.change = 'cancelled' then
    perform app_private.check_gates(app_private.suspension_gates(array(
      select r.subject_id::uuid from steward.runs r where r.id = any (reflect_projects.run_ids)
    )));
  end if;

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
  from steward.runs r
  where r.id = any (reflect_projects.run_ids)
    and r.kind = 'project_provisioning'
    and p.id = r.subject_id::uuid
    and (p.status <> 'suspended' or reflect_projects.change = 'resumed'); -- only resuming ends that
end
$$;

comment on function app_private.reflect_projects(uuid[], text) is
  'Shows in projects.status how their provisioning runs stand; a suspended project stays so until it is resumed. The hook on_change of the projects'' lifecycles.';
