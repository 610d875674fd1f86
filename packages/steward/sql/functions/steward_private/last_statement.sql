create or replace function steward_private.last_statement(blocked_by text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select case
    when a.pid is null then ' (that session has ended meanwhile)'
    when a.query is null or a.query = '<insufficient privilege>' then null
    else format(' (it last ran: %s)', left(regexp_replace(a.query, '\s+', ' ', 'g'), 200))
  end
  from (select substring(last_statement.blocked_by from '^session (\d+)')::integer as pid) s
  left join pg_catalog.pg_stat_activity a on a.pid = s.pid
  where s.pid is not null
$$;

comment on function steward_private.last_statement(text) is
  'What the session named in steps.blocked_by ran last, as far as the owner may see it (pg_read_all_stats). For steward.explain_run, which operators call; never shown to readers.';
