create or replace function app_private.require_run(run_id uuid)
returns app_public.runs
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_run app_public.runs;
begin
  select r.* into v_run from app_public.runs r where r.id = require_run.run_id;
  if v_run.id is null or not app_private.may_see(v_run.owner_id, v_run.project_id) then
    raise exception using errcode = 'ST110', column = 'id', message = 'There is no such run.';
  end if;
  if app_private.is_admin()
    or v_run.project_id is null and v_run.kind <> 'user_deletion' and v_run.owner_id = app_public.current_user_id()
    or v_run.kind <> 'project_deletion' and exists (
      select from app_public.project_members m
      where m.project_id = v_run.project_id and m.user_id = app_public.current_user_id()
        -- Suspending and resuming is for owners: so is undoing it half-way.
        and (m.role = 'owner' or m.role = 'admin' and v_run.kind <> 'project_state')
    )
  then
    return v_run;
  end if;
  raise exception using errcode = 'ST102', message = 'You may not do this with this run.';
end
$$;

comment on function app_private.require_run(uuid) is
  'Returns the run if the caller may steer it: of a user, their own; of a project, one that they own or administer, but suspending and resuming as owners only; any for an administrator. Deletions are for administrators alone. Raises ST110 where they may not see it, ST102 where they may not do this. For mutations.';
