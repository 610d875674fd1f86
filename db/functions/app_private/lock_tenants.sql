create or replace function app_private.lock_tenants(tenant_ids uuid[])
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  select from app_public.tenants t
  where t.id = any (lock_tenants.tenant_ids)
  order by t.id
  for no key update
$$;

comment on function app_private.lock_tenants(uuid[]) is
  'Lets one transaction at a time change who is in a tenant or which projects are: two that do not see each other''s would leave somebody in a project, or out of it. For triggers.';
