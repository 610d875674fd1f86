create or replace function app_private.give_basics(user_ids uuid[])
returns table (credits integer, types integer)
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  with new_credits as (
    insert into app_public.user_credits (user_id, balance)
    select u.id, t.initial_balance
    from app_public.users u
    left join lateral (select a.user_type_id from app_public.user_type_assignments a where a.user_id = u.id offset 0) a on true
    join app_public.user_types t on case when a.user_type_id is null then t.is_default else t.id = a.user_type_id end
    where u.id = any (give_basics.user_ids)
      and not exists (select from app_public.user_credits c where c.user_id = u.id offset 0)
    order by u.id
    on conflict do nothing
    returning user_id
  ),
  new_types as (
    insert into app_public.user_type_assignments (user_id, user_type_id)
    select u.id, t.id
    from app_public.users u
    join app_public.user_types t on t.is_default
    where u.id = any (give_basics.user_ids)
      and not exists (select from app_public.user_type_assignments a where a.user_id = u.id offset 0)
    order by u.id
    on conflict do nothing
    returning user_id
  )
  select (select count(*) from new_credits)::integer, (select count(*) from new_types)::integer
$$;

comment on function app_private.give_basics(uuid[]) is
  'Gives users who were there before signups did so their credits and user type, and returns how many got which. Who has them keeps them. For the backfill and onboarding.';
