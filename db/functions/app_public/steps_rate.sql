create or replace function app_public.steps_rate(step app_public.steps)
returns double precision
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select s.done / nullif(extract(epoch from coalesce(s.finished_at, now()) - s.started_at), 0)::double precision
  from app_public.steps s
  join app_public.runs r on r.id = s.run_id
  where s.id = step.id and s.done > 0 and app_private.may_see(r.owner_id, r.project_id)
$$;

comment on function app_public.steps_rate(app_public.steps) is
  'Units of its own work (rows deleted, files removed) per second since its first attempt began; null where none are counted, and where the caller may not see the step.';

grant execute on function app_public.steps_rate(app_public.steps) to steward_user, steward_admin;
