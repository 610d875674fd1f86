create or replace function app_public.add_tenant_members(tenant_id uuid, user_ids uuid[])
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform app_private.require_users(add_tenant_members.user_ids, 'userIds');
  insert into app_public.tenant_members (tenant_id, user_id)
  select distinct add_tenant_members.tenant_id, u.id from unnest(add_tenant_members.user_ids) as u (id)
  on conflict do nothing;
  return add_tenant_members.tenant_id;
end
$$;

comment on function app_public.add_tenant_members(uuid, uuid[]) is
  E'@behavior -*\nAdds users to a tenant, and so to its projects; those who belong to it stay. Returns the tenant''s id. For administrators.';

grant execute on function app_public.add_tenant_members(uuid, uuid[]) to steward_admin;
