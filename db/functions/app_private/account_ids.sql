create or replace function app_private.account_ids(after uuid, most integer)
returns setof uuid
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  with bounds (low) as (select coalesce(account_ids.after, '00000000-0000-0000-0000-000000000000'))
  select f.user_id
  from (
    (select c.user_id from app_public.user_credits c where c.user_id > (select low from bounds) order by 1 limit account_ids.most)
    union
    (select d.user_id from app_public.drive_accounts d where d.user_id > (select low from bounds) order by 1 limit account_ids.most)
    union
    (select c.user_id from app_private.cloud_users c where c.user_id > (select low from bounds) order by 1 limit account_ids.most)
  ) f
  order by f.user_id
  limit account_ids.most
$$;

comment on function app_private.account_ids(uuid, integer) is
  'The next ids after the given one (null: from the beginning; without most: all) of users who have credits or accounts, whether they are there or not. For steward.all_violations and the backfill.';
