create or replace function steward_private.clock(at timestamptz)
returns text
language sql
stable
strict
set search_path = pg_catalog, pg_temp
as $$
  select format(
    '%s (%s)', to_char(clock.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'),
    case when clock.at > clock_timestamp() then 'in ' || steward_private.span(clock.at - clock_timestamp())
      else steward_private.span(clock_timestamp() - clock.at) || ' ago' end
  )
$$;

comment on function steward_private.clock(timestamptz) is 'A time as people read it, and how far off it is. For steward.explain_run.';
