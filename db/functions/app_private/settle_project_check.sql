create or replace function app_private.settle_project_check(
  run_id uuid,
  project_id uuid,
  differences jsonb,
  is_dry_run boolean,
  is_remade boolean
)
returns boolean
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
  v_project app_public.projects;
  v_found jsonb;
begin
  select p.* into v_project from app_public.projects p where p.id = settle_project_check.project_id for update;
  if not found then
    return true;
  end if;
  if app_private.is_changing(v_project.id, '{project_provisioning,project_update,project_rename,project_state}') then
    return false;
  end if;
  if settle_project_check.differences @> '[{"part": "project", "what": "existence"}]' then
    perform app_private.ask_if_much_is_gone(settle_project_check.run_id, v_project.provider, 'project');
  end if;

  select coalesce(jsonb_agg(f.value || jsonb_build_object('remedy', case
    when settle_project_check.is_dry_run then 'none'
    when (f.value ->> 'is_lost')::boolean then 'lost'
    when f.value ->> 'what' = 'mark' and f.value ->> 'found' <> '' then 'left' -- it is somebody else's by now
    when f.value ->> 'part' = 'member' then 'project_update'
    when f.value ->> 'what' = 'enabled' then 'project_state'
    when f.value ->> 'what' <> 'existence' then 'project_rename'
    when settle_project_check.is_remade then 'project_provisioning'
    else 'lost'
  end)), '[]')
  into v_found
  from jsonb_array_elements(settle_project_check.differences) as f (value);
  perform app_private.note_differences(
    settle_project_check.run_id, null, v_project.id, v_project.provider, '{project,member}', v_found
  );

  if v_found @> '[{"part": "project", "what": "existence"}]' then
    perform app_private.mend_gone_project(v_project, v_found @> '[{"remedy": "project_provisioning"}]');
    return true;
  end if;
  if settle_project_check.is_dry_run then
    return true;
  end if;
  if v_found @> '[{"remedy": "project_state"}]' then
    perform app_private.change_project_state(v_project);
  end if;
  if v_found @> '[{"remedy": "project_rename"}]' then
    perform app_private.request_steps(
      'project_rename', 'app_public.projects', array[v_project.id::text], array[v_project.created_by::text], array[v_project.id::text], '{project_rename}'
    );
  end if;
  perform app_private.sync_members(array_agg(v_project.id), array_agg(f.user_id))
  from (
    select distinct (f.value ->> 'user_id')::uuid as user_id from jsonb_array_elements(v_found) as f (value) where f.value ->> 'remedy' = 'project_update'
  ) f
  having count(*) > 0;
  return true;
end
$$;

comment on function app_private.settle_project_check(uuid, uuid, jsonb, boolean, boolean) is
  'Keeps what a look at a project and its members found (an array of {part, what, user_id, expected, found, is_lost}), shows in projects.status what is gone, and starts the runs that mend it unless is_dry_run. is_remade: a project that is gone is made again, otherwise it counts as lost. is_lost: so does what this member lacks, for their account is gone. False, having done nothing, if a change of the project is under way. Raises ST218. For the task project_check.';
