create or replace function app_public.remove_tenant_member(tenant_id uuid, user_id uuid)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  perform app_private.lock_users(array[remove_tenant_member.user_id]);
  delete from app_public.tenant_members t
  where t.tenant_id = remove_tenant_member.tenant_id and t.user_id = remove_tenant_member.user_id;
  if not found then
    raise exception using errcode = 'ST308', column = 'userId', message = 'This user does not belong to the tenant.';
  end if;
  return remove_tenant_member.tenant_id;
end
$$;

comment on function app_public.remove_tenant_member(uuid, uuid) is
  E'@behavior -*\nRemoves a user from a tenant, and from those of its projects that they have no other reason to be in. Returns the tenant''s id. For administrators.';

grant execute on function app_public.remove_tenant_member(uuid, uuid) to steward_admin;
