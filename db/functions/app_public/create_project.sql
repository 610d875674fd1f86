create or replace function app_public.create_project(
  name text,
  tenant_id uuid,
  provider text,
  region text,
  member_ids uuid[],
  description text,
  rotate_on_link boolean,
  out project_id uuid,
  out run_id uuid
)
returns record
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
  v_creator_id uuid;
begin
  select u.id into v_creator_id from app_public.users u where u.id = app_public.current_user_id();
  if v_creator_id is null and not app_private.is_admin() then
    raise exception using errcode = 'ST102', message = 'Only users can make projects.';
  end if;
  if create_project.tenant_id is not null and not app_private.is_admin() and not exists (
    select from app_public.tenant_members t
    where t.tenant_id = create_project.tenant_id and t.user_id = v_creator_id
  ) then
    raise exception using errcode = 'ST303', column = 'tenantId', message = 'There is no such tenant.';
  end if;
  perform app_private.require_users(create_project.member_ids, 'memberIds');

  insert into app_public.projects (name, tenant_id, provider, region, description, rotate_on_link, created_by)
  values (
    create_project.name, create_project.tenant_id, coalesce(create_project.provider, 'openstack'), create_project.region,
    create_project.description, create_project.rotate_on_link, v_creator_id
  )
  returning id into project_id;

  insert into app_public.project_members (project_id, user_id)
  select distinct create_project.project_id, m.id from unnest(create_project.member_ids) as m (id);

  select r.id into strict run_id
  from steward.runs r
  where r.kind = 'project_provisioning' and r.scope_id = create_project.project_id::text;
end
$$;

comment on function app_public.create_project(text, uuid, text, text, uuid[], text, boolean) is
  E'@behavior -*\nMakes a project with these participants, and returns it with the run that provisions it. For users, in a tenant of theirs or in none, and for administrators.';

grant execute on function app_public.create_project(text, uuid, text, text, uuid[], text, boolean) to steward_user, steward_admin;
