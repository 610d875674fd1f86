create or replace function app_private.is_acting_for(user_id uuid, step_id bigint)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
as $$
  select exists (
    select
    from (select * from app_public.steps s where s.worker_id is not null offset 0) s
    cross join lateral (select r.subject_id from app_public.runs r where r.id = s.run_id offset 0) r
    where s.id <> is_acting_for.step_id
      and s.lane = (select me.lane from app_public.steps me where me.id = is_acting_for.step_id)
      and (r.subject_id = is_acting_for.user_id or s.item = is_acting_for.user_id::text)
  )
$$;

comment on function app_private.is_acting_for(uuid, bigint) is
  'Whether an attempt other than the step''s own may be acting for a user or project in the step''s lane, be it one that was called off. For workers.';
