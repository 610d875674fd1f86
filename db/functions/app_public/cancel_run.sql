create or replace function app_public.cancel_run(id uuid)
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
  v_run := app_private.require_run(cancel_run.id);
  if app_private.cancel_runs(array[v_run.id]) = '{}' then
    raise exception using
      errcode = 'ST411', column = 'id',
      message = format('The run has ended already: it is %s.', v_run.status);
  end if;
  return v_run.id;
end
$$;

comment on function app_public.cancel_run(uuid) is
  E'@behavior -*\nCancels an open run and returns its id; what succeeded is kept. For its owner, owners and admins of its project, and administrators; those of deletions for administrators alone.';

grant execute on function app_public.cancel_run(uuid) to steward_user, steward_admin;
