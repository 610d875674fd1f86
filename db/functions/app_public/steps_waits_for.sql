create or replace function app_public.steps_waits_for(step app_public.steps)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select case
    when not exists (select from app_private.workers w where coalesce(s.task = any (w.tasks), true))
      then format('No worker has the task %s; it begins as soon as one has.', s.task)
    else (select l.error_message from app_private.lanes l where l.name = s.lane and l.open_until is not null)
  end
  from app_public.steps s
  join app_public.runs r on r.id = s.run_id
  where s.id = step.id and s.status in ('queued', 'retrying') and app_private.may_see(r.owner_id, r.project_id)
$$;

comment on function app_public.steps_waits_for(app_public.steps) is
  'Why a step that could begin does not, a sentence: no worker has its task, or its provider is in trouble. Null when nothing but its turn or its time is waited for, and where the caller may not see the step.';

grant execute on function app_public.steps_waits_for(app_public.steps) to steward_user, steward_admin;
