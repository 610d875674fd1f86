create or replace function app_private.mend_account(user_id uuid, provider text, remedies text[])
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  if 'user_signup' = any (mend_account.remedies) then
    -- If somebody makes one of that name meanwhile, it has another password.
    update app_private.drive_secrets s
    set is_set = false, is_sent = false, is_found = false
    where s.user_id = mend_account.user_id;
    perform app_private.start_signups(array[mend_account.user_id]);
  end if;
  if 'user_update' = any (mend_account.remedies) then
    perform app_private.update_accounts(array[mend_account.user_id]);
  end if;
  -- An account at the cloud is made by the first project that needs it; its keys went with it.
  if 'project_update' = any (mend_account.remedies) then
    delete from app_private.cloud_users c where c.user_id = mend_account.user_id and c.provider = mend_account.provider;
    delete from app_private.asked_names a where a.user_id = mend_account.user_id and a.provider = mend_account.provider;
    delete from app_private.cloud_credentials k
    where k.user_id = mend_account.user_id
      and k.project_id in (select p.id from app_public.projects p where p.provider = mend_account.provider);
    perform app_private.sync_members(array_agg(m.project_id), array_agg(m.user_id))
    from app_public.project_members m join app_public.projects p on p.id = m.project_id
    where m.user_id = mend_account.user_id and p.provider = mend_account.provider
    having count(*) > 0;
  end if;
end
$$;

comment on function app_private.mend_account(uuid, text, text[]) is
  'Starts the runs that mend a user''s account at a provider: user_signup makes the drive account again, user_update sets names, addresses and quota, project_update makes the cloud account and its memberships again.';
