create or replace function steward_private.enter_lane(lane text, worker_id integer)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_open_until timestamptz;
  v_is_outside boolean;
  v_may_sign_in boolean;
begin
  select l.open_until, l.is_outside into v_open_until, v_is_outside from steward.lanes l where l.name = enter_lane.lane;
  if v_is_outside and not steward_private.is_home(enter_lane.worker_id) then
    update steward.lanes l
    set
      down_since = coalesce(l.down_since, clock_timestamp()),
      open_until = clock_timestamp() + interval '30 seconds',
      probe_until = null,
      error_code = 'ST834',
      error_message = 'This database is a copy that nobody has adopted: what lies outside is left alone.'
    where l.name = enter_lane.lane
      and (l.error_code is distinct from 'ST834' or l.open_until is null or l.open_until <= clock_timestamp());
    return 0;
  end if;
  if v_open_until > clock_timestamp() then
    return 0;
  end if;
  v_may_sign_in := case when v_is_outside then steward_private.may_sign_in(enter_lane.lane, enter_lane.worker_id) end;
  if not v_may_sign_in then
    return 0;
  end if;
  if v_open_until is null then
    return case when v_may_sign_in then 1 end;
  end if;
  -- The circuit may be tried again, by one step at a time. A probe that died is noticed after a second: only then has it
  -- certainly committed that it began.
  update steward.lanes l
  set probe_until = clock_timestamp() + interval '30 seconds', probe_step_id = null
  where l.name = enter_lane.lane
    and l.open_until <= clock_timestamp()
    and (
      l.probe_until is null
      or l.probe_until <= clock_timestamp()
      or l.probe_until < clock_timestamp() + interval '29 seconds'
        and not exists (select from steward.steps s where s.id = l.probe_step_id and s.status = 'running')
    );
  return case when found then 1 else 0 end;
end
$$;

comment on function steward_private.enter_lane(text, integer) is
  'How many steps of a lane may begin now: null without limit, 1 as the probe of an open circuit, or of credentials that were refused (then tell steward_private.note_probe which step it is), 0 none. On a copy of the database that nobody has adopted, lanes that lie outside stay open. For begin_jobs and claim_steps.';
