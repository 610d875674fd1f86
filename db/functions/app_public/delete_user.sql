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
  v_is_deleted boolean;
  v_table text;
  v_constraint text;
begin
  if not app_private.is_admin() and delete_user.id is distinct from app_public.current_user_id() then
    raise exception using errcode = 'ST207', column = 'id', message = 'There is no such user.';
  end if;
  begin
    delete from app_public.users u where u.id = delete_user.id;
    v_is_deleted := found;
  exception when others then
    -- The whole transaction has to be tried again, or the error is one of ours.
    if sqlstate ~ '^(ST|40|5|XX)' then
      raise;
    end if;
    get stacked diagnostics v_table = table_name, v_constraint = constraint_name;
    perform app_private.raise_refusal('ST214', 'user', sqlstate, sqlerrm, v_table, v_constraint);
  end;
  if not v_is_deleted and exists (select from app_public.users u where u.id = delete_user.id) then
    perform app_private.raise_refusal('ST214', 'user', null, null);
  elsif not v_is_deleted then
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
  E'@behavior -*\nDeletes a user and returns the run that removes all they own. ST214: the application keeps them. For the user themself and administrators.';

grant execute on function app_public.delete_user(uuid) to steward_user, steward_admin;
