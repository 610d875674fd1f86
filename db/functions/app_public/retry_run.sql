create or replace function app_public.retry_run(id uuid)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_run app_public.runs;
begin
  v_run := app_private.require_run(retry_run.id);
  -- What is about a user or project that is gone cannot succeed.
  if v_run.kind not in ('user_deletion', 'project_deletion')
    and not exists (select from app_public.users u where u.id = v_run.subject_id)
    and not exists (select from app_public.projects p where p.id = v_run.subject_id)
  then
    raise exception using errcode = 'ST410', column = 'id', message = 'What the run is about no longer exists.';
  end if;
  if app_private.retry_runs(array[v_run.id]) = '{}' then
    raise exception using
      errcode = 'ST410', column = 'id',
      message = format('The run is %s; only one that failed or was cancelled can be retried.', v_run.status);
  end if;
  return v_run.id;
end
$$;

comment on function app_public.retry_run(uuid) is
  E'@behavior -*\nDoes again what is not done of a run that failed or was cancelled, and returns its id. For its owner, owners and admins of its project, and administrators.';

grant execute on function app_public.retry_run(uuid) to steward_user, steward_admin;
