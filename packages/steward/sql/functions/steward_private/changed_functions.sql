create or replace function steward_private.changed_functions()
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select string_agg(o.name, ', ' order by o.name)
  from (
    select o.name
    from steward_private.objects o
    where o.kind = 'function' and pg_get_functiondef(to_regprocedure(o.name)) <> o.definition
    order by o.place
    limit 5
  ) o
$$;

comment on function steward_private.changed_functions() is
  'The functions of the engine that are not as its migrations made them, five at most; null when none is. For steward.explain_run.';
