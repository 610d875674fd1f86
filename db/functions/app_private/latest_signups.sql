create or replace function app_private.latest_signups(user_ids uuid[])
returns table (
  user_id uuid, run_id uuid, run_status app_public.run_status,
  step_id bigint, step_status app_public.step_status, is_at_work boolean, error_code text, error_message text
)
language sql
stable
security definer
set search_path = ''
as $$
  select u.id, r.id, r.status, s.id, s.status, coalesce(s.worker_id is not null, false), s.error_code, s.error_message
  from unnest(latest_signups.user_ids) as asked (id)
  join app_public.users u on u.id = asked.id
  left join lateral (
    select r.id, r.status
    from app_public.runs r
    where r.owner_id = u.id and r.kind = 'user_signup'
    order by r.created_at desc
    limit 1
  ) r on true
  left join lateral (
    -- One probe of the index for each, also while statistics say that the table is small.
    select * from app_public.steps s
    where s.run_id = r.id and s.name = 'onboard' and s.item is null
    limit 1
  ) s on true
$$;

comment on function app_private.latest_signups(uuid[]) is
  'For those of the users that exist: their latest user_signup run and its step onboard, with whether a worker is at it. For onboarding.';
