create or replace function app_private.change_project_state(project app_public.projects)
returns uuid
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
  v_run_ids uuid[];
begin
  perform steward_private.cancel_runs(array(
    select r.id from steward.runs r
    where r.kind = 'project_state' and r.subject_id = change_project_state.project.id::text
      and r.status in ('pending', 'running', 'suspended')
  ));
  v_run_ids := steward.start_runs(
    'project_state', 'app_public.projects', array[change_project_state.project.id::text],
    array[change_project_state.project.created_by::text], array[change_project_state.project.id::text]
  );
  return v_run_ids[1];
end
$$;

comment on function app_private.change_project_state(app_public.projects) is
  'Starts the run that enables or disables the project at the provider, as its status then says; takes over from an earlier one. For mutations.';
