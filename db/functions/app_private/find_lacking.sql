create or replace function app_private.find_lacking(user_ids uuid[])
returns table (user_id uuid, lacks_credits boolean, lacks_type boolean, run_id uuid, run_status steward.run_status, needs text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select l.user_id,
    not exists (select from app_public.user_credits c where c.user_id = l.user_id offset 0),
    not exists (select from app_public.user_type_assignments a where a.user_id = l.user_id offset 0),
    l.run_id, l.run_status,
    case
      when l.run_status in ('failed', 'cancelled') then 'retry'
      when l.run_status <> 'succeeded' then 'nothing'
      when not exists (select from app_public.drive_accounts d where d.user_id = l.user_id and d.status <> 'pending' offset 0) then 'start'
      when (select count(*) from app_private.onboarding_made m where m.user_id = l.user_id)
          < (select count(*) from app_private.onboarding_pieces)
        and app_private.onboarding_missing(l.user_id) <> '{}' then 'start'
      else 'nothing'
    end
  from app_private.latest_signups(find_lacking.user_ids) l
$$;

comment on function app_private.find_lacking(uuid[]) is
  'For those of the users that exist: whether they lack credits or type, and what their latest user_signup run needs: start (they have none, or it succeeded and something is missing all the same), retry (it failed or was cancelled) or nothing. For the backfill and onboarding.';
