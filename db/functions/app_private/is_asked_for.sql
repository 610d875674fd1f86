create or replace function app_private.is_asked_for(user_id uuid, provider text)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select exists (
    select
    from app_private.asked_names a
    cross join lateral (select s.begun_at from steward.steps s where s.id = a.step_id offset 0) s
    where a.user_id = is_asked_for.user_id and a.provider = is_asked_for.provider and s.begun_at > now() - interval '30 seconds'
  )
$$;

comment on function app_private.is_asked_for(uuid, text) is
  'Whether a user''s account was asked for at a cloud provider more than once, and that not half a minute ago: what an attempt asked for that was cut short may still be carried out, as soon as the account has another name. For the task cloud_update.';
