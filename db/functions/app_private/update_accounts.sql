create or replace function app_private.update_accounts(user_ids uuid[])
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
begin
  perform app_private.request_steps(
    'user_update', 'app_public.users', update_accounts.user_ids::text[], update_accounts.user_ids::text[],
    array_fill(null::text, array[cardinality(update_accounts.user_ids)]), '{drive_update,cloud_update}'
  )
  where cardinality(update_accounts.user_ids) > 0;

  perform steward.request_steps(array_agg(r.id), 'cloud_update', array_agg(a.provider))
  from app_private.cloud_users a
  join steward.runs r on r.kind = 'user_update' and r.subject_id = a.user_id::text and r.status in ('pending', 'running', 'suspended')
  where a.user_id = any (update_accounts.user_ids) and a.provider <> 'openstack'
  having count(*) > 0;
end
$$;

comment on function app_private.update_accounts(uuid[]) is
  'Has the users'' accounts at the providers follow their names and addresses. For triggers and tasks.';
