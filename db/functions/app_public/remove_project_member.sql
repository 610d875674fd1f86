create or replace function app_public.remove_project_member(project_id uuid, user_id uuid)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_project_id uuid;
  v_participant_role app_public.project_role;
begin
  perform app_private.lock_users(array[remove_project_member.user_id]);
  v_project_id := (app_private.require_project(
    remove_project_member.project_id,
    -- Anybody may leave.
    case
      when remove_project_member.user_id = app_public.current_user_id() then '{owner,admin,member,viewer}'
      else '{owner,admin}'
    end::app_public.project_role[]
  )).id;
  select m.participant_role into v_participant_role
  from app_public.project_members m
  where m.project_id = v_project_id and m.user_id = remove_project_member.user_id;
  if not found then
    raise exception using errcode = 'ST308', column = 'userId', message = 'This user is not a member of the project.';
  end if;
  perform app_private.require_rank(v_project_id, array[remove_project_member.user_id]);
  if v_participant_role is null then
    raise exception using
      errcode = 'ST312', column = 'userId',
      message = 'This user is a member as admin, creator or user of the tenant.';
  end if;
  delete from app_public.project_members m
  where m.project_id = v_project_id and m.user_id = remove_project_member.user_id;
  return v_project_id;
end
$$;

comment on function app_public.remove_project_member(uuid, uuid) is
  E'@behavior -*\nRemoves a participant from a project; they stay where another reason holds. Returns the project''s id. For its owners and admins, the participant themself, and administrators: nobody removes a member whose role is above their own.';

grant execute on function app_public.remove_project_member(uuid, uuid) to steward_user, steward_admin;
