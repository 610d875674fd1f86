create or replace function app_private.start_provisionings(project_ids uuid[], creator_ids uuid[], tenant_ids uuid[])
returns uuid[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
declare
  v_run_ids uuid[];
begin
  perform app_private.lock_tenants(start_provisionings.tenant_ids);
  perform app_private.pass_gates('{administrators}'); -- against app_private.tg_users__refresh_members
  v_run_ids := steward.start_runs(
    'project_provisioning', 'app_public.projects',
    start_provisionings.project_ids::text[], start_provisionings.creator_ids::text[], start_provisionings.project_ids::text[]
  );
  perform app_private.refresh_project_members(start_provisionings.project_ids);
  return v_run_ids;
end
$$;

comment on function app_private.start_provisionings(uuid[], uuid[], uuid[]) is
  'Starts the project_provisioning runs of projects (with their creators; tenant_ids: the tenants of any of them), with their creators, admins and tenant users as members. Returns the new runs. For the insert of projects, and the backfill.';
