create or replace function app_private.latest_signups(user_ids uuid[])
returns table (
  user_id uuid, run_id uuid, run_status steward.run_status,
  step_id bigint, step_status steward.step_status, is_at_work boolean, error_code text, error_message text
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  return query
  select u.id, r.id, r.status, s.id, s.status, coalesce(s.worker_id is not null, false), s.error_code, s.error_message
  from unnest(latest_signups.user_ids) as asked (id)
  cross join lateral (select u.id from app_public.users u where u.id = asked.id offset 0) u
  left join lateral (
    select r.id, r.status
    from steward.runs r
    where r.owner_id = u.id::text and r.kind = 'user_signup'
    order by r.created_at desc
    limit 1
  ) r on true
  left join lateral (
    select * from steward.steps s
    where s.run_id = r.id and s.name = 'onboard' and s.item is null
    limit 1
  ) s on true;
end
$$;

comment on function app_private.latest_signups(uuid[]) is
  'For those of the users that exist: their latest user_signup run and its step onboard, with whether a worker is at it. For onboarding.';
