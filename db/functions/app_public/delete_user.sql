create or replace function app_public.delete_user(id uuid)
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
  v_run_id uuid;
begin
  if not app_private.is_admin() and delete_user.id is distinct from app_public.current_user_id() then
    raise exception using errcode = 'ST207', column = 'id', message = 'There is no such user.';
  end if;
  delete from app_public.users u where u.id = delete_user.id;
  if not found then
    raise exception using errcode = 'ST207', column = 'id', message = 'There is no such user.';
  end if;
  select r.id into strict v_run_id
  from steward.runs r
  where r.owner_id = delete_user.id::text and r.kind = 'user_deletion'
  order by r.created_at desc
  limit 1;
  return v_run_id;
end
$$;

comment on function app_public.delete_user(uuid) is
  E'@behavior -*\nDeletes a user and returns the run that removes all they own. For the user themself and administrators.';

grant execute on function app_public.delete_user(uuid) to steward_user, steward_admin;
