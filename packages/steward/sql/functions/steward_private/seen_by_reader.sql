create or replace function steward_private.seen_by_reader(run_id uuid)
returns text
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
  v_seen text;
begin
  select * into v_run from steward.runs r where r.id = seen_by_reader.run_id;
  if v_run.id is null then
    return null;
  end if;
  -- The owner of the engine, or a superuser.
  if pg_has_role(steward_private.invoker(), current_user, 'usage') then
    return 'all';
  end if;
  for v_reader in
    select r.all_runs, r.steers, r.scopes, nullif(current_setting(r.claim, true), '') as id
    from steward_private.readers r
    where pg_has_role(steward_private.invoker(), r.role_name, 'usage')
  loop
    if v_reader.all_runs and v_reader.steers then
      return 'all';
    end if;
    if v_reader.scopes is not null then
      execute format('select %s()', v_reader.scopes) into v_scopes;
    end if;
    if coalesce(v_reader.all_runs or v_run.owner_id = v_reader.id or v_run.scope_id = any (v_scopes), false) then
      v_seen := 'own';
    end if;
  end loop;
  return v_seen;
end
$$;

comment on function steward_private.seen_by_reader(uuid) is
  'How the caller sees a run: all (a reader of all runs who steers, or the owner), own (by its owner or scope, or only reading), or null. For steward.explain_to_reader.';
