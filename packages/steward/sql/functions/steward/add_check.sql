create or replace function steward.add_check(name text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into steward.checks (function_name)
  values (steward_private.check_hook(add_check.name, 'timestamptz', 'record'))
  on conflict (function_name) do nothing;
end
$$;

comment on function steward.add_check(text) is
  'Registers a function of the application that finds broken promises: it takes since (timestamptz: look at rows made since then) and returns a table (violation text, kind text, subject_id text, run_id uuid, step_id bigint), a row for each. steward.violations shows them for the last day, steward.all_violations for all time. ST420: there is no such function. For the owner.';
