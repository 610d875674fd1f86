create or replace function app_private.settle_account_check(
  run_id uuid,
  user_id uuid,
  provider text,
  part text,
  differences jsonb,
  is_dry_run boolean,
  is_remade boolean
)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_found jsonb;
  v_is_drive boolean := settle_account_check.part = 'drive_account';
begin
  -- Locked, so that no change of the user comes in between.
  if app_private.lock_users(array[settle_account_check.user_id]) = '{}' then
    return true;
  end if;
  if app_private.is_changing(settle_account_check.user_id, '{user_signup,user_update}') then
    return false;
  end if;
  if settle_account_check.differences @> '[{"what": "existence"}]' then
    perform app_private.ask_if_much_is_gone(settle_account_check.run_id, settle_account_check.provider, settle_account_check.part);
  end if;

  select coalesce(jsonb_agg(f.value || jsonb_build_object(
    'user_id', settle_account_check.user_id,
    'part', settle_account_check.part,
    'remedy', case
      when settle_account_check.is_dry_run then 'none'
      when f.value ->> 'what' = 'enabled' then 'left'
      when f.value ->> 'what' = 'mark' and f.value ->> 'found' <> '' then 'left' -- it is somebody else's by now
      when f.value ->> 'what' <> 'existence' then 'user_update'
      when not settle_account_check.is_remade then 'lost'
      when v_is_drive then 'user_signup'
      else 'project_update'
    end
  )), '[]')
  into v_found
  from jsonb_array_elements(settle_account_check.differences) as f (value);
  perform app_private.note_differences(
    settle_account_check.run_id, settle_account_check.user_id, null, settle_account_check.provider, array[settle_account_check.part], v_found
  );

  -- What is shown is true even if nothing is to be mended.
  if v_is_drive then
    update app_public.drive_accounts a
    set status = w.status
    from (
      select case
        when v_found @> '[{"what": "existence", "remedy": "user_signup"}]' then 'pending'
        when v_found @> '[{"what": "existence"}]' then 'lost'
        when v_found @> '[{"what": "enabled"}]' then 'disabled'
        else 'active'
      end::app_public.drive_account_status as status
    ) w
    where a.user_id = settle_account_check.user_id and a.status <> w.status;
  end if;
  if not settle_account_check.is_dry_run then
    perform app_private.mend_account(settle_account_check.user_id, settle_account_check.provider, array(select f.value ->> 'remedy' from jsonb_array_elements(v_found) as f (value)));
  end if;
  return true;
end
$$;

comment on function app_private.settle_account_check(uuid, uuid, text, text, jsonb, boolean, boolean) is
  'Keeps what a look at a user''s account found (an array of {what, expected, found}), shows it in drive_accounts.status, and starts the runs that mend it unless is_dry_run. is_remade: what is gone is made again, otherwise it counts as lost. False, having done nothing, if a change of the account is under way. Raises ST218. For the tasks drive_check and cloud_check.';
