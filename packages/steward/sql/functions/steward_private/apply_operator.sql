create or replace function steward_private.apply_operator(role_name text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  c_looks constant text := 'steward_private.application_violations(timestamptz), steward_private.find_violations(), steward_private.find_all_violations(), steward_private.find_failures(), steward_private.find_slow_runs(), steward_private.find_purges(), steward_private.find_blockers(), steward_private.find_beats(), steward.explain_run(uuid), steward.happened(timestamptz, integer, boolean), steward.overview(), steward.pace_of_day(), steward.steps_of(text), steward.lane_rate(text), steward.measure(), steward.kept_since(text, steward.run_status), steward.runs_progress(steward.runs), steward.runs_of(text, text, integer), steward.runs_estimated_completion(steward.runs), steward.usual_time(text), steward.expected_time(uuid), steward.backlog_time(uuid), steward.steps_rate(steward.steps), steward.steps_waits_for(steward.steps), steward.obstacle_of(text, text), steward.is_adopted(), steward.server_health()';
  v_acts text := (
    select string_agg(p.oid::regprocedure::text, ', ')
    from pg_catalog.pg_proc p
    where p.pronamespace = 'steward'::regnamespace
      and p.proname in ('retry', 'cancel', 'suspend', 'resume', 'reprioritise', 'pause', 'unpause', 'release_worker')
  );
  v_operator steward_private.operators;
begin
  select * into v_operator from steward_private.operators o where o.role_name = apply_operator.role_name;
  if not found then
    execute format('revoke all on all tables in schema steward from %I', apply_operator.role_name);
    execute format('revoke all on all functions in schema steward from %I', apply_operator.role_name);
    execute format(
      'revoke all on function steward_private.application_violations(timestamptz), steward_private.find_violations(), steward_private.find_all_violations(), steward_private.find_failures(), steward_private.find_slow_runs(), steward_private.find_purges(), steward_private.find_blockers(), steward_private.find_beats() from %I',
      apply_operator.role_name
    );
    execute format('revoke usage on schema steward from %I', apply_operator.role_name);
    return;
  end if;
  execute format('grant usage on schema steward to %I', apply_operator.role_name);
  execute format('grant select on all tables in schema steward to %I', apply_operator.role_name);
  execute format('grant execute on function %s to %I', c_looks, apply_operator.role_name);
  execute format(case when v_operator.steers then 'grant execute on function %s to %I' else 'revoke execute on function %s from %I' end, v_acts, apply_operator.role_name);
end
$$;

comment on function steward_private.apply_operator(text) is
  'Makes the grants of an operator as steward_private.operators says, or takes them away where it is not in there. Called again after each migration, for a function that was made anew has lost its grants. For steward.grant_operator and steward.revoke_operator.';
