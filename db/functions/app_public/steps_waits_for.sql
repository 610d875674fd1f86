create or replace function app_public.steps_waits_for(step app_public.steps)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select case
    when not exists (select from app_private.workers w where coalesce(step.task = any (w.tasks), true))
      then format('No worker has the task %s; it begins as soon as one has.', step.task)
    else (select l.error_message from app_private.lanes l where l.name = step.lane and l.open_until is not null)
  end
  where step.status in ('queued', 'retrying')
$$;

comment on function app_public.steps_waits_for(app_public.steps) is
  'Why a step that could begin does not, a sentence: no worker has its task, or its provider is in trouble. Null when nothing but its turn or its time is waited for.';

grant execute on function app_public.steps_waits_for(app_public.steps) to steward_user, steward_admin;
