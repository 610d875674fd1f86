create or replace function steward_private.apply_reader(role_name text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
#variable_conflict use_column
declare
  v_reader steward_private.readers;
  v_policy text := 'narrowed_for_' || apply_reader.role_name;
  v_condition text;
  v_acts text := (
    select string_agg(p.oid::regprocedure::text, ', ')
    from pg_catalog.pg_proc p
    where p.pronamespace = 'steward'::regnamespace
      and p.proname in ('retry', 'cancel', 'suspend', 'resume', 'reprioritise', 'pause', 'unpause', 'release_worker')
  );
begin
  execute format('drop policy if exists %I on steward.runs', v_policy);
  execute format('drop policy if exists %I on steward.steps', v_policy);
  execute format('drop policy if exists %I on steward_private.batch_progress', v_policy);
  select * into v_reader from steward_private.readers r where r.role_name = apply_reader.role_name;
  if not found then
    execute format('revoke all on all tables in schema steward from %I', apply_reader.role_name);
    execute format('revoke all on all functions in schema steward from %I', apply_reader.role_name);
    execute format('revoke all on steward_private.batch_progress from %I', apply_reader.role_name);
    execute format('revoke usage on schema steward, steward_private from %I', apply_reader.role_name);
    return;
  end if;

  if not v_reader.all_runs then
    -- Written into the policy, so that reading costs no look at settings. Each part is computed once for a statement.
    v_condition := concat_ws(
      ' or ',
      format('owner_id = (select nullif(pg_catalog.current_setting(%L, true), ''''))', v_reader.claim),
      'scope_id = any ((select ' || v_reader.scopes || '())::text[])'
    );
    execute format('create policy %I on steward.runs as restrictive to %I using (%s)', v_policy, apply_reader.role_name, v_condition);
    v_condition := 'exists (select from steward.runs r where r.id = run_id)';
    execute format('create policy %I on steward.steps as restrictive to %I using (%s)', v_policy, apply_reader.role_name, v_condition);
    execute format('create policy %I on steward_private.batch_progress as restrictive to %I using (%s)', v_policy, apply_reader.role_name, v_condition);
  end if;
  execute format('grant usage on schema steward, steward_private to %I', apply_reader.role_name);
  execute format('grant select on steward.runs, steward.steps, steward_private.batch_progress to %I', apply_reader.role_name);
  execute format(
    'grant execute on function steward.runs_progress(steward.runs), steward.runs_estimated_completion(steward.runs), steward.usual_time(text), steward.expected_time(uuid), steward.backlog_time(uuid),
       steward.steps_rate(steward.steps), steward.steps_waits_for(steward.steps), steward.runs_of(text, text, integer),
       steward.obstacle_of(text, text), steward.steps_of(text), steward.explain_to_reader(uuid), steward.server_health(), steward.is_adopted(), steward.measure() to %I',
    apply_reader.role_name
  );
  if v_reader.all_runs then
    execute format('grant execute on function steward.overview(), steward.pace_of_day() to %I', apply_reader.role_name);
    execute format('grant select on steward.audit, steward.alerts to %I', apply_reader.role_name);
  elsif not exists (select from steward_private.operators o where o.role_name = apply_reader.role_name) then
    execute format('revoke execute on function steward.overview(), steward.pace_of_day() from %I', apply_reader.role_name);
    execute format('revoke select on steward.audit, steward.alerts from %I', apply_reader.role_name);
  end if;
  if v_reader.steers then
    execute format('grant execute on function steward.retry_run(uuid), steward.cancel_run(uuid) to %I', apply_reader.role_name);
  end if;
  -- Who sees and steers all runs is an operator of them.
  if v_reader.all_runs and v_reader.steers then
    execute format('grant execute on function %s to %I', v_acts, apply_reader.role_name);
    execute format('grant select on steward.attempts to %I', apply_reader.role_name);
  elsif not exists (select from steward_private.operators o where o.role_name = apply_reader.role_name) then
    execute format('revoke execute on function %s from %I', v_acts, apply_reader.role_name);
    execute format('revoke select on steward.attempts from %I', apply_reader.role_name);
  end if;
end
$$;

comment on function steward_private.apply_reader(text) is
  'Makes the policies and grants of a reader as steward_private.readers says, or takes them away where it is not in there. Called again after each migration, for a function that was made anew has lost its grants. For steward.grant_reader and steward.revoke_reader.';
