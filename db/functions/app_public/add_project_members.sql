create or replace function app_public.add_project_members(
  project_id uuid,
  user_ids uuid[],
  role app_public.project_role
)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_project_id uuid;
begin
  perform app_private.lock_users(add_project_members.user_ids);
  v_project_id := (app_private.require_project(
    add_project_members.project_id,
    -- Only owners make owners.
    case when add_project_members.role = 'owner' then '{owner}' else '{owner,admin}' end::app_public.project_role[]
  )).id;
  perform app_private.require_users(add_project_members.user_ids, 'userIds');
  perform app_private.require_rank(v_project_id, add_project_members.user_ids, add_project_members.role);
  insert into app_public.project_members as m (project_id, user_id, role)
  select distinct v_project_id, u.id, add_project_members.role from unnest(add_project_members.user_ids) as u (id)
  on conflict (project_id, user_id) do update set participant_role = excluded.participant_role
  where m.participant_role is distinct from excluded.participant_role;
  return v_project_id;
end
$$;

comment on function app_public.add_project_members(uuid, uuid[], app_public.project_role) is
  E'@behavior -*\nAdds participants to a project, or gives them another role. Returns the project''s id. For its owners and admins, and administrators: nobody gives a role above their own, or changes a member who has one.';

grant execute on function app_public.add_project_members(uuid, uuid[], app_public.project_role) to steward_user, steward_admin;
