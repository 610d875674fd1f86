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
  if app_private.is_admin() and v_run.id is not null then
    return v_run;
  end if;
  if v_run.owner_id = app_public.current_user_id() and v_run.kind not in ('user_deletion', 'project_deletion') then
    return v_run;
  end if;
  if v_run.owner_id = app_public.current_user_id() or v_run.project_id = any (app_public.visible_project_ids()) then
    if v_run.kind <> 'project_deletion' and exists (
      select from app_public.project_members m
      where m.project_id = v_run.project_id and m.user_id = app_public.current_user_id() and m.role in ('owner', 'admin')
    ) then
      return v_run;
    end if;
    raise exception using errcode = 'ST102', message = 'You may not do this with this run.';
  end if;
  raise exception using errcode = 'ST110', column = 'id', message = 'There is no such run.';
end
$$;

comment on function app_private.require_run(uuid) is
  'Returns the run if who asks may steer it: their own, one of a project they own or administer, or any for an administrator. Deletions are for administrators alone. Raises ST110 where they may not see it, ST102 where they may not do this. For mutations.';
