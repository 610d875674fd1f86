create or replace function app_private.refresh_project_members(project_ids uuid[], user_ids uuid[] default null)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  with derived as (
    select p.id as project_id, p.created_by as user_id, 'owner'::app_public.project_role as role
    from app_public.projects p where p.id = any (refresh_project_members.project_ids)
    union all
    select p.id, u.id, 'admin'
    from app_public.projects p cross join app_public.users u
    where p.id = any (refresh_project_members.project_ids) and u.role = 'admin'
    union all
    select p.id, t.user_id, 'viewer'
    from app_public.projects p join app_public.tenant_members t on t.tenant_id = p.tenant_id
    where p.id = any (refresh_project_members.project_ids)
    union all
    select m.project_id, m.user_id, m.participant_role
    from app_public.project_members m where m.project_id = any (refresh_project_members.project_ids)
  ),
  desired as (
    select d.project_id, d.user_id, min(d.role) as role -- the enum is in order, the highest first
    from derived d
    where exists (select from app_public.users u where u.id = d.user_id) -- one being deleted may still be named
      and (refresh_project_members.user_ids is null or d.user_id = any (refresh_project_members.user_ids))
    group by d.project_id, d.user_id
  ),
  changed as (
    update app_public.project_members m
    set role = d.role
    from desired d
    where m.project_id = d.project_id and m.user_id = d.user_id and m.role <> d.role
  ),
  removed as (
    delete from app_public.project_members m
    where m.project_id = any (refresh_project_members.project_ids)
      and (refresh_project_members.user_ids is null or m.user_id = any (refresh_project_members.user_ids))
      and m.participant_role is null
      and not exists (
        select from desired d where d.project_id = m.project_id and d.user_id = m.user_id and d.role is not null
      )
  )
  insert into app_public.project_members as m (project_id, user_id, role, participant_role)
  select d.project_id, d.user_id, d.role, null
  from desired d
  where d.role is not null
    and not exists (
      select from app_public.project_members m where m.project_id = d.project_id and m.user_id = d.user_id
    )
  order by d.project_id, d.user_id
  on conflict (project_id, user_id) do update -- somebody else added them at this moment
  set role = least(m.role, excluded.role)
  where m.role > excluded.role;
end
$$;

comment on function app_private.refresh_project_members(uuid[], uuid[]) is
  'Makes project_members what it ought to be for the projects (and, if given, only for these users): the union of creator, admins, tenant users and participants, each with the highest role that applies. For triggers.';
