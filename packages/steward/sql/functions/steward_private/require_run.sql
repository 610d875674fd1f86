create or replace function steward_private.require_run(run_id uuid)
returns steward.runs
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_run steward.runs;
  v_reader record;
  v_scopes text[];
  v_may_steer text;
  v_is_seen boolean := false;
  v_may boolean;
begin
  select r.* into v_run from steward.runs r where r.id = require_run.run_id;
  select l.may_steer into v_may_steer from steward.lifecycles l where l.kind = v_run.kind;

  -- The owner of the engine, or a superuser.
  if v_run.id is not null and pg_has_role(steward_private.invoker(), current_user, 'usage') then
    return v_run;
  end if;
  for v_reader in
    select r.all_runs, r.scopes, nullif(current_setting(r.claim, true), '') as id
    from steward_private.readers r
    where v_run.id is not null and r.steers and pg_has_role(steward_private.invoker(), r.role_name, 'usage')
  loop
    if v_reader.all_runs then
      return v_run;
    end if;
    if v_reader.scopes is not null then
      execute format('select %s()', v_reader.scopes) into v_scopes;
    end if;
    continue when not coalesce(v_run.owner_id = v_reader.id or v_run.scope_id = any (v_scopes), false);
    v_is_seen := true;
    if v_may_steer is null then
      v_may := v_run.owner_id = v_reader.id;
    else
      execute format('select %s($1, $2)', v_may_steer) into v_may using v_run.id, v_reader.id;
    end if;
    if v_may then
      return v_run;
    end if;
  end loop;

  if v_is_seen then
    raise exception using errcode = 'ST102', message = 'You may not do this with this run.';
  end if;
  raise exception using errcode = 'ST110', column = 'id', message = 'There is no such run.';
end
$$;

comment on function steward_private.require_run(uuid) is
  'Returns the run if the caller may steer it: a reader of all runs, or one who may see it and whom its lifecycle''s may_steer lets (without one: its owner). Raises ST110 where they may not see it, ST102 where they may not do this. For steward.retry_run and cancel_run.';
