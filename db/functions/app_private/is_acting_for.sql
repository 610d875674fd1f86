create or replace function app_private.is_acting_for(user_id uuid, step_id bigint)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select
    from app_public.steps s
    join app_public.runs r on r.id = s.run_id
    join app_public.steps me on me.id = is_acting_for.step_id
    where s.worker_id is not null
      and s.id <> me.id
      and s.lane = me.lane
      and (r.subject_id = is_acting_for.user_id or s.item = is_acting_for.user_id::text)
  )
$$;

comment on function app_private.is_acting_for(uuid, bigint) is
  'Whether an attempt other than the step''s own may be acting for a user or project in the step''s lane, be it one that was called off. For workers.';
