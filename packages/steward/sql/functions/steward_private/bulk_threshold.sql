create or replace function steward_private.bulk_threshold()
returns integer
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select 20
$$;

comment on function steward_private.bulk_threshold() is
  'More steps than this becoming ready in one statement wait as backlog instead of as jobs. Twenty: small enough never to hold up a single signup behind them.';
