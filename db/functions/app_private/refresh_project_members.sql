create or replace function app_private.refresh_project_members(project_ids uuid[], user_ids uuid[] default null)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_nestloop = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_project_ids uuid[] := refresh_project_members.project_ids;
  v_user_ids uuid[] := refresh_project_members.user_ids;
  v_new_project_ids uuid[];
  v_new_user_ids uuid[];
  v_rows tid[];
begin
  if refresh_project_members.user_ids is null then
    select array_agg(c.project_id), array_agg(c.user_id) into v_project_ids, v_user_ids
    from (select * from app_public.projects p where p.id = any (refresh_project_members.project_ids) offset 0) p
    cross join lateral (
      select p.id, p.created_by
      union
      select p.id, u.id from app_public.users u where u.role = 'admin'
      union
      select p.id, t.user_id from app_public.tenant_members t where t.tenant_id = p.tenant_id
      union
      select p.id, m.user_id from app_public.project_members m where m.project_id = p.id
    ) c (project_id, user_id);
  end if;

  -- Whoever changes another reason for one of these memberships comes before this or after it; what is read below is what they left.
  -- A real update: a lock alone would let a transaction pass that has an older snapshot.
  v_rows := array(
    select m.ctid
    from (
      select distinct k.project_id, k.user_id from unnest(v_project_ids, v_user_ids) as k (project_id, user_id) order by 1, 2
    ) k
    cross join lateral (
      select m.ctid from app_public.project_members m
      where m.project_id = k.project_id and m.user_id = k.user_id
      for no key update
      offset 0
    ) m
  );
  update app_public.project_members m
  set participant_role = m.participant_role
  where m.ctid = any (v_rows);

  -- Who is about to come in is locked as the foreign keys will lock them, but before it is read who is there: whoever is being deleted
  -- at this moment is waited for, and left out.
  select array_agg(k.project_id), array_agg(k.user_id) into v_new_project_ids, v_new_user_ids
  from unnest(v_project_ids, v_user_ids) as k (project_id, user_id)
  where not exists (
    select from app_public.project_members m where m.project_id = k.project_id and m.user_id = k.user_id offset 0
  );
  perform from app_public.users u where u.id = any (v_new_user_ids) order by u.id for key share;
  perform from app_public.projects p where p.id = any (v_new_project_ids) order by p.id for key share;

  perform set_config('steward.derives_roles', 'on', true); -- for app_private.tg_project_members__take_role
  with desired as materialized (
    select p.id as project_id, k.user_id, m.role as present_role, m.participant_role,
      case when u.role is not null then -- one being deleted may still be named
        least( -- the enum is in order, the highest first; nulls are passed over
          case when p.created_by = k.user_id then 'owner' end::app_public.project_role,
          case when u.role = 'admin' then 'admin' end::app_public.project_role,
          case
            when exists (
              select from app_public.tenant_members t where t.tenant_id = p.tenant_id and t.user_id = k.user_id offset 0
            ) then 'viewer'
          end::app_public.project_role,
          m.participant_role
        )
      end as role
    from (select distinct k.project_id, k.user_id from unnest(v_project_ids, v_user_ids) as k (project_id, user_id)) k
    cross join lateral (select * from app_public.projects p where p.id = k.project_id offset 0) p
    left join lateral (select u.role from app_public.users u where u.id = k.user_id offset 0) u on true
    left join lateral (
      select m.role, m.participant_role
      from app_public.project_members m
      where m.project_id = k.project_id and m.user_id = k.user_id
      offset 0
    ) m on true
  ),
  changed as (
    update app_public.project_members m
    set role = d.role
    from desired d
    where m.user_id = any (array(select c.user_id from desired c where c.role <> c.present_role))
      and m.project_id = d.project_id and m.user_id = d.user_id and m.role <> d.role
  ),
  removed as (
    delete from app_public.project_members m
    using desired d
    where m.user_id = any (array(
        select r.user_id from desired r where r.role is null and r.present_role is not null and r.participant_role is null
      ))
      and m.project_id = d.project_id and m.user_id = d.user_id and d.role is null and m.participant_role is null
  )
  insert into app_public.project_members as m (project_id, user_id, role, participant_role)
  select d.project_id, d.user_id, d.role, null
  from desired d
  where d.role is not null and d.present_role is null
  order by d.project_id, d.user_id
  on conflict (project_id, user_id) do update -- somebody else added them at this moment
  set role = least(m.role, excluded.role)
  where m.role > excluded.role;
  perform set_config('steward.derives_roles', 'off', true);
end
$$;

comment on function app_private.refresh_project_members(uuid[], uuid[]) is
  'Makes project_members what it ought to be for each pair of project and user (arrays of one length; without user_ids: for all that the projects ought to have, and have): the union of creator, admins, tenant users and participants, each with the highest role that applies. A transaction whose snapshot is older than anothers change of these memberships fails with 40001. For triggers.';
