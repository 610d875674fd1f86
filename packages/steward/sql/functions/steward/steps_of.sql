create or replace function steward.steps_of(lifecycle text)
returns table (name text, lane text, is_batch boolean, after text[], ancestors text[])
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select s.name, s.lane, s.is_batch, s.after, s.ancestors
  from steward.lifecycle_steps s
  where s.kind = steps_of.lifecycle
  order by cardinality(s.ancestors), s.name
$$;

comment on function steward.steps_of(text) is
  E'@behavior -*\nThe steps of a lifecycle as they are defined now, earlier ones first. Tells nothing of any run. For readers.';
