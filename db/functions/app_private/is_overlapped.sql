create or replace function app_private.is_overlapped(step_id bigint)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select
    from app_public.steps me
    join app_public.runs my_run on my_run.id = me.run_id
    join app_public.steps s on s.worker_id is not null and s.status <> 'running' and s.lane = me.lane
      and s.item is not distinct from me.item and s.id <> me.id
    join app_public.runs r on r.id = s.run_id and r.subject_id = my_run.subject_id
    where me.id = is_overlapped.step_id
  )
$$;

comment on function app_private.is_overlapped(bigint) is
  'Whether an attempt of another step that was called off (cancelled, suspended) may still be acting on the same item of the same subject. For workers: whoever begins meanwhile could be overtaken.';
