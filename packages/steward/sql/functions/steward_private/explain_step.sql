create or replace function steward_private.explain_step(run steward.runs, step steward.steps, out code text, out who text, out explanation text)
returns record
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
  v_step steward.steps := explain_step.step;
  v_name text := v_step.name || coalesce(' for ' || v_step.item, '');
  v_pause steward.pauses;
  v_lane steward.lanes;
  v_worker steward_private.known_workers;
  v_last text := coalesce(' The last attempt ended with ' || v_step.error_code || ': ' || v_step.error_message || coalesce(' In its own words: ' || (
    select rtrim(left(a.words, 300), '.') from steward_private.past_attempts a where a.step_id = v_step.id order by a.lease desc limit 1
  ) || '.', ''), '') || coalesce((
    select format(' Before, %s of its attempts ran out of time while they waited for connections of their own process, and counted as none: tasks there hold all of them, or keep them for good.', sum(a.repeats))
    from steward_private.past_attempts a
    where a.step_id = v_step.id and a.outcome = 'release' and a.error_code = 'ST401'
    having count(*) > 0
  ), '');
  -- Five seconds of waiting each.
  v_crowded text := (
    select format(' So it was %s times in a row: tasks of that worker (%s) hold its connections for very long, or keep them for good (a client of step.pool that is never released). Its process gives them back when it ends.',
      l.repeats, coalesce((select format('process %s at %s', w.pid, w.host) from steward_private.known_workers w where w.id = l.begun_by), 'not known any more'))
    from (select p.* from steward_private.past_attempts p where p.step_id = v_step.id order by p.lease desc limit 1) l
    where l.outcome = 'defer' and l.error_code = 'ST901' and v_step.error_message ~ 'all its connections' and l.repeats >= 5
  );
  v_others text;
  v_refusals record;
begin
  if v_step.status = 'running' then
    select e.code, e.who, e.explanation into code, who, explanation from steward_private.explain_attempt(v_step, v_name) e;
    explanation := explanation || case when code = 'running' then v_last else '' end;
    return;
  end if;
  if v_step.status = 'waiting' and coalesce(cardinality(v_step.after), 0) = 0 then
    code := 'edited';
    who := 'operator';
    explanation := format('Step %s says that it waits for other steps, but comes after none: somebody has edited its row by hand. update steward.steps set status = ''queued'' where id = %s; has it begin.', v_name, v_step.id);
    return;
  end if;
  if v_step.status = 'waiting' then
    select string_agg(format('%s (%s)', o.name, o.status), ', ' order by o.name) into v_others
    from (
      select distinct s.name, s.status from steward.steps s
      where s.run_id = v_step.run_id and s.name = any (v_step.after) and s.status <> 'succeeded'
    ) o;
    if v_others is null and (
      select bool_and(coalesce(s.finished_at < clock_timestamp() - interval '10 seconds', true)) from steward.steps s where s.run_id = v_step.run_id and s.name = any (v_step.after)
    ) then
      code := 'edited';
      who := 'operator';
      explanation := format('Step %s waits although all steps before it have succeeded: somebody has edited their rows by hand. update steward.steps set status = ''queued'', ready_at = now() where id = %s; has it begin.', v_name, v_step.id);
      return;
    end if;
    code := 'waits_for_step';
    who := 'nobody';
    explanation := format('Step %s waits for %s.', v_name, coalesce(v_others, 'a batch that has no steps yet; within seconds it is passed over'));
    return;
  end if;
  if v_step.worker_id is not null then
    code := 'called_off';
    who := 'nobody';
    explanation := format('An earlier attempt at step %s was called off and may still be acting; the step begins when its worker says that it has stopped, within seconds.', v_name);
    return;
  end if;

  select l.* into v_lane from steward.lanes l where l.name = v_step.lane;
  select p.* into v_pause
  from steward.pauses p
  where p.what = 'lifecycle' and p.name = (explain_step.run).kind
    or p.what = 'lane' and p.name = v_step.lane or p.what = 'task' and p.name = v_step.task
  order by p.paused_at
  limit 1;
  if found then
    code := 'paused';
    who := 'operator';
    explanation := format(
      'Step %s waits, for %s %s is paused: %s did so at %s%s. It goes on with steward.unpause(%s => %L).',
      v_name, v_pause.what, v_pause.name, v_pause.paused_by, steward_private.clock(v_pause.paused_at),
      coalesce(': ' || nullif(v_pause.reason, ''), ', without saying why'), v_pause.what, v_pause.name
    ) || coalesce((
      select format(' That alone does not do it: %s %s paused too.', string_agg(p.what || ' ' || p.name, ', ' order by p.paused_at), case when count(*) = 1 then 'is' else 'are' end)
      from steward.pauses p
      where (p.what, p.name) in (('lifecycle', (explain_step.run).kind), ('lane', v_step.lane), ('task', v_step.task))
        and (p.what, p.name) <> (v_pause.what, v_pause.name)
      having count(*) > 0
    ), '') || case when v_lane.open_until is not null then format(' Beside that, lane %s is closed, with %s: %s', v_lane.name, v_lane.error_code, v_lane.error_message) else '' end;
    return;
  end if;

  if not exists (select from steward.workers) then
    code := 'no_worker';
    who := 'operator';
    select w.* into v_worker from steward_private.known_workers w order by w.id desc limit 1;
    explanation := format('No worker is alive, so nothing begins. %s%s Start one; nothing is lost meanwhile. If one ends again, its log and steward doctor say why.',
      case when v_worker.id is null then 'There never was one.'
        else format('The last one that came was process %s at %s, at %s; if it is still there, it hangs, is stopped, or is cut off.', v_worker.pid, v_worker.host, steward_private.clock(v_worker.started_at)) end,
      ' ' || steward_private.taken_connections());
    return;
  end if;
  if not exists (
    select from steward.workers l join steward_private.workers w on w.id = l.id where coalesce(v_step.task = any (w.tasks), true)
  ) then
    code := 'no_worker_with_task';
    who := 'developer';
    explanation := format('No worker has the task %s of step %s: none of the %s that are alive brings a file of that name. Deploy a worker that does; the step waits without using up an attempt.',
      v_step.task, v_name, (select count(*) from steward.workers));
    return;
  end if;

  if v_lane.open_until is not null and v_lane.error_code = 'ST834' then
    code := 'not_adopted';
    who := 'operator';
    explanation := format('This database is a copy that nobody has adopted (or the workers belong to another instance), so steps in lane %s, which leads outside, wait. If this copy is to act on the outside, run steward adopt.', v_step.lane);
    return;
  end if;
  select r.* into v_refusals from steward_private.explain_refusals(v_step.lane) r;
  if v_refusals.explanation is not null and v_refusals.is_everybodys then
    code := 'refused';
    who := 'operator';
    explanation := format('Step %s waits, for the lane has no worker whose login is accepted. %s No attempt is used up.', v_name, v_refusals.explanation);
    return;
  end if;
  v_last := v_last || coalesce(' ' || v_refusals.explanation || ' Workers with other credentials go on meanwhile.', '');
  if v_lane.open_until is not null then
    code := 'provider_down';
    who := 'provider';
    explanation := format(
      'The service behind lane %s has been in trouble since %s (%s failures): %s: %s. Nothing of the lane begins%s; then one step tries, and the others follow when it succeeds. No attempt is used up.',
      v_step.lane, steward_private.clock(coalesce(v_lane.down_since, now())), v_lane.failures, v_lane.error_code, rtrim(v_lane.error_message, '.'),
      case when v_lane.open_until > clock_timestamp() then ' before ' || steward_private.clock(v_lane.open_until) else ' but a probe' end
    );
    return;
  end if;

  if v_step.status = 'retrying' and v_step.blocked_since is not null then
    code := 'blocked';
    who := 'operator';
    explanation := format(
      'Step %s needs rows that another transaction has locked, since %s: %s. It asks again at %s, and uses up no attempt. The step goes on when that transaction ends. %s',
      v_name, steward_private.clock(v_step.blocked_since), coalesce(v_step.blocked_by, 'a session that was not seen') || coalesce(steward_private.last_statement(v_step.blocked_by), ''),
      steward_private.clock(v_step.ready_at), steward_private.how_to_end(coalesce(v_step.blocked_by, ''))
    );
    return;
  end if;
  if v_step.ready_at = 'infinity' then
    code := 'edited';
    who := 'operator';
    explanation := format('Step %s never becomes due: somebody has set its ready_at to infinity by hand. steward.retry(run => %L) has it begin now.', v_name, v_step.run_id);
    return;
  end if;
  -- What has failed is not waiting for a place yet when its next try has just become due.
  if v_step.ready_at > clock_timestamp() + interval '0.5 seconds' or v_step.status = 'retrying' and v_step.ready_at > clock_timestamp() - interval '3 seconds' then
    code := case when v_step.status = 'retrying' then 'retries' else 'not_due' end;
    who := case
      when v_step.error_code = 'ST403' then 'developer'
      when v_step.error_code = 'ST901' and v_step.error_message ~ 'no room' then 'operator'
      when v_crowded is not null then 'developer'
      else 'nobody'
    end;
    explanation := format('Step %s begins%s at %s; %s of %s attempts are used up.%s To have it begin now: steward.retry(run => %L).',
      v_name, case when v_step.attempts > 0 then ' again' end, steward_private.clock(v_step.ready_at), v_step.attempts, v_step.max_attempts, v_last || coalesce(v_crowded, ''), v_step.run_id);
    return;
  end if;
  select e.code, e.who, e.explanation into code, who, explanation from steward_private.explain_turn(v_step, v_name) e;
  explanation := explanation || v_last;
end
$$;

comment on function steward_private.explain_step(steward.runs, steward.steps) is 'Why a step of an open run is not further. For steward.explain_run.';
