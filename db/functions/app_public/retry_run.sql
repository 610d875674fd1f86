create or replace function app_public.retry_run(id uuid)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
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
      message = case
        when v_run.status in ('failed', 'cancelled') then 'Another run of this kind is open for the same user or project.'
        else format('The run is %s and has nothing to do again.', v_run.status)
      end;
  end if;
  return v_run.id;
end
$$;

comment on function app_public.retry_run(uuid) is
  E'@behavior -*\nDoes again what failed or was cancelled of a run, also while the rest of it goes on, lets what waits for its next try begin at once, and returns the run''s id. For its owner, owners and admins of its project, and administrators; those of deletions for administrators alone.';

grant execute on function app_public.retry_run(uuid) to steward_user, steward_admin;
