create or replace function steward.pace_of_day()
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select steward_private.pace(interval '1 day', interval '20 minutes')
$$;

comment on function steward.pace_of_day() is
  E'@behavior -*\nSteps that succeeded and runs that failed within the last day, in parts of twenty minutes; of failed runs the last 10,000. For the console, in the roles of readers of all runs and of operators.';
