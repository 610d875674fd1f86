create or replace function steward_private.shortest_keep()
returns interval
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select least(
    min(l.keep), min(l.keep_failed),
    make_interval(days => coalesce((select least(s.value, 36500) from steward.settings s where s.name = 'keep_days'), 30)::integer),
    make_interval(days => coalesce((select least(s.value, 36500) from steward.settings s where s.name = 'keep_failed_days'), 90)::integer)
  )
  from steward.lifecycles l
$$;

comment on function steward_private.shortest_keep() is
  'The shortest time for which any lifecycle keeps its finished runs. For steward_private.forget_runs.';
