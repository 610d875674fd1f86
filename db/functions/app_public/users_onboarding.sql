create or replace function app_public.users_onboarding(u app_public.users)
returns app_public.user_onboarding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
declare
  v_onboarding app_public.user_onboarding;
begin
  select
    -- The run of a signup long ago may have been removed.
    coalesce(r.status, case when app_private.onboarding_missing(me.id) = '{}' then 'succeeded'::steward.run_status end), coalesce(r.done, 0), coalesce(r.total, 0), r.created_at, r.finished_at,
    least(extract(epoch from coalesce(r.finished_at, clock_timestamp()) - r.created_at) * 1000, 2147483647)::integer,
    app_private.onboarding_missing(me.id),
    coalesce(r.error_code, s.error_code), coalesce(r.error_message, s.error_message)
  into v_onboarding
  from app_public.users me
  left join lateral (
    select * from steward.runs r
    where r.owner_id = me.id::text and r.kind = 'user_signup'
    order by r.created_at desc
    limit 1
  ) r on true
  left join lateral (
    select s.error_code, s.error_message
    from (select s.* from steward.steps s where s.run_id = r.id and s.error_code is not null offset 0) s
    order by s.id
    limit 1
  ) s on true
  where me.id = u.id and app_private.may_see(me.id);
  if not found then
    return null;
  end if;
  return v_onboarding;
end
$$;

comment on function app_public.users_onboarding(app_public.users) is
  'How far setting up the user''s account is, and what is still missing. Null where the caller may not see the user.';

grant execute on function app_public.users_onboarding(app_public.users) to steward_user, steward_admin;
