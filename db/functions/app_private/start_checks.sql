create or replace function app_private.start_checks(user_ids uuid[], project_ids uuid[], input jsonb)
returns uuid[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_run_ids uuid[] := '{}';
begin
  update app_public.drive_accounts a set checked_at = now() where a.user_id = any (start_checks.user_ids);
  update app_public.projects p set checked_at = now() where p.id = any (start_checks.project_ids);
  if cardinality(start_checks.user_ids) > 0 then
    v_run_ids := steward.start_runs(
      'user_check', 'app_public.users', start_checks.user_ids::text[], null, null,
      array_fill(start_checks.input, array[cardinality(start_checks.user_ids)])
    );
    perform steward.request_steps(array_agg(r.id), 'cloud_check_at', array_agg(a.provider))
    from steward.runs r
    join app_private.cloud_users a on a.user_id = r.subject_id::uuid and a.provider <> 'openstack'
    where r.id = any (v_run_ids)
    having count(*) > 0;
  end if;
  if cardinality(start_checks.project_ids) > 0 then
    v_run_ids := v_run_ids || steward.start_runs(
      'project_check', 'app_public.projects', start_checks.project_ids::text[], null, null,
      array_fill(start_checks.input, array[cardinality(start_checks.project_ids)])
    );
  end if;
  return v_run_ids;
end
$$;

comment on function app_private.start_checks(uuid[], uuid[], jsonb) is
  'Starts the runs that compare users and projects with the providers; those whose run is open keep it. input: {"provider", "is_dry_run", "is_remade"}. Returns the new runs. For resync and the nightly pass.';
