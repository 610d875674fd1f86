create or replace function app_public.create_tenant(name text, user_ids uuid[])
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_id uuid;
begin
  perform app_private.require_users(create_tenant.user_ids, 'userIds');
  insert into app_public.tenants (name) values (create_tenant.name) returning id into v_id;
  insert into app_public.tenant_members (tenant_id, user_id)
  select distinct v_id, u.id from unnest(create_tenant.user_ids) as u (id);
  return v_id;
end
$$;

comment on function app_public.create_tenant(text, uuid[]) is
  E'@behavior -*\nMakes a tenant with these users and returns its id. For administrators.';

grant execute on function app_public.create_tenant(text, uuid[]) to steward_admin;
