create or replace function app_private.require_rank(
  project_id uuid,
  user_ids uuid[],
  role app_public.project_role default null
)
returns void
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_field text := case when require_rank.role is null then 'userId' else 'userIds' end;
begin
  if app_private.is_admin() then
    return;
  end if;
  if exists (
    select
    from app_public.project_members me
    join app_public.project_members other on other.project_id = me.project_id
    where me.project_id = require_rank.project_id and me.user_id = app_public.current_user_id()
      and other.user_id = any (require_rank.user_ids)
      and other.role < me.role -- the enum is in order, the highest first
  ) then
    raise exception using
      errcode = 'ST102', column = v_field, message = 'You may not change a member whose role is higher than yours.',
      hint = 'Ask an owner of the project.';
  end if;
  if require_rank.role is distinct from 'owner'
    and exists (
      select from app_public.project_members m
      where m.project_id = require_rank.project_id and m.user_id = any (require_rank.user_ids) and m.role = 'owner'
    )
    and not exists (
      select
      from app_public.project_members m join app_public.projects p on p.id = m.project_id
      where m.project_id = require_rank.project_id and m.role = 'owner'
        and (m.user_id <> all (require_rank.user_ids) or m.user_id = p.created_by)
    )
  then
    raise exception using errcode = 'ST313', column = v_field, message = 'This would leave the project without an owner.';
  end if;
end
$$;

comment on function app_private.require_rank(uuid, uuid[], app_public.project_role) is
  'Before these members are given the role, or removed (null), in a project that is locked: raises ST102 if one of them has a higher role than the caller, ST313 if no owner would be left. Administrators may do both. For mutations.';
