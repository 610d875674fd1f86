create or replace function app_public.steps_rate(step app_public.steps)
returns double precision
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select step.done / nullif(extract(epoch from coalesce(step.finished_at, now()) - step.started_at), 0)::double precision
  where step.done > 0
$$;

comment on function app_public.steps_rate(app_public.steps) is
  'Units of its own work (rows deleted, files removed) per second since its first attempt began; null where none are counted.';

grant execute on function app_public.steps_rate(app_public.steps) to steward_user, steward_admin;
