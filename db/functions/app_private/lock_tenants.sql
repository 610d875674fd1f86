create or replace function app_private.lock_tenants(tenant_ids uuid[])
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  -- A real update: a lock alone would let a transaction pass that has an older snapshot, and reads what is not so any more.
  update app_public.tenants t
  set name = t.name
  where t.id = any (array(
    select l.id from app_public.tenants l
    where l.id = any (lock_tenants.tenant_ids)
    order by l.id
    for no key update
  ))
$$;

comment on function app_private.lock_tenants(uuid[]) is
  'Lets one transaction at a time change who is in a tenant or which projects are: two that do not see each other''s would leave somebody in a project, or out of it. One whose snapshot is older than the other''s commit fails with 40001. For triggers.';
