create or replace function steward_private.span(span interval)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when s.seconds < 120 then format('%s s', round(s.seconds))
    when s.seconds < 7200 then format('%s min', round(s.seconds / 60))
    when s.seconds < 172800 then format('%s h', round(s.seconds / 3600))
    else format('%s days', round(s.seconds / 86400))
  end
  from (select extract(epoch from span.span) as seconds) s
$$;

comment on function steward_private.span(interval) is 'How long something is, as people say it. For steward.explain_run.';
