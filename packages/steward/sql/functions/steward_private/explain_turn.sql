create or replace function steward_private.explain_turn(step steward.steps, name text, out code text, out who text, out explanation text)
returns record
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  c_most constant integer := 10000;
  v_step steward.steps := explain_turn.step;
  v_job record;
  v_before bigint;
  v_rate double precision := steward.lane_rate(v_step.lane);
  v_busy bigint;
  v_holder text;
  v_takers text;
  v_others text;
  v_try record;
  v_places integer := (select floor(l.places) from steward.lanes l where l.name = v_step.lane);
begin
  if not exists (
    select from steward.workers w
    where coalesce(v_step.task = any (w.tasks), true) and (w.state <> 'hangs' or w.seen_at > clock_timestamp() - interval '10 seconds')
  ) then
    code := 'worker_hangs';
    who := 'operator';
    explanation := format('Step %s could begin, but none of the workers that have its task has been heard for more than ten seconds: they hang, or are stopped (%s). End these processes and start others, or steward.release_worker.',
      explain_turn.name, (select string_agg(format('process %s at %s', w.pid, w.host), ', ' order by w.id) from (select w.* from steward.workers w where coalesce(v_step.task = any (w.tasks), true) order by w.id limit 5) w));
    return;
  end if;
  who := 'nobody';
  -- Who has the places of a lane that is full.
  select string_agg(format('%s of run %s since %s', s.name, s.run_id, steward_private.clock(s.begun_at)), ', ' order by s.begun_at) filter (where s.place <= 3) into v_takers
  from (
    select s.name, s.run_id, s.begun_at, row_number() over (order by s.begun_at) as place
    from steward.steps s
    where s.worker_id is not null and s.lane <> 'database' and s.lane = v_step.lane
  ) s
  having count(*) >= v_places;
  select count(*) into v_busy from steward.steps s where s.worker_id is not null;
  if v_step.is_backlog then
    select count(*) into v_before
    from (
      select from steward.steps s
      where s.is_backlog and s.lane = v_step.lane and s.task = v_step.task
        and (s.priority, s.ready_at, s.id) < (v_step.priority, v_step.ready_at, v_step.id)
      limit c_most
    ) b;
    code := 'backlog';
    explanation := format('Step %s waits in the backlog of lane %s%s, behind %s others of its task.%s %s',
      explain_turn.name, v_step.lane,
      (select format(' (for now %s at a time)', floor(l.places)) from steward.lanes l where l.name = v_step.lane and l.places is not null),
      case when v_before >= c_most then format('%s or more', c_most) else v_before::text end,
      ' All places are taken, by ' || v_takers || '.',
      case when v_rate > 0
        then format('The lane ends %s steps per second, so its turn comes in about %s%s.', round(v_rate::numeric, 1), steward_private.span(v_before / v_rate * interval '1 second'), case when v_before >= c_most then ' at least' else '' end)
        else 'None of the lane has ended within the last minute.'
      end);
    return;
  end if;

  select j.locked_at, j.locked_by, j.run_at, j.attempts, j.max_attempts, j.priority, j.id, j.task_identifier, j.queue_name, j.last_error into v_job
  from graphile_worker.jobs j
  where j.key = 'step:' || v_step.id;
  -- Jobs that are no steps take up places too. By ranges of keys: the queue may hold a million steps, and no index says what is locked.
  if v_busy = 0 then
    select string_agg(format('%s since %s', o.task_identifier, steward_private.clock(o.locked_at)), ', ' order by o.locked_at) filter (where o.place <= 3) into v_others
    from (
      select t.identifier as task_identifier, j.locked_at, row_number() over (order by j.locked_at) as place
      from (
        (select n.task_id, n.locked_at, n.locked_by from graphile_worker._private_jobs n where n.key is null limit c_most)
        union all
        (select n.task_id, n.locked_at, n.locked_by from graphile_worker._private_jobs n where n.key < 'step:0' limit c_most)
        union all
        (select n.task_id, n.locked_at, n.locked_by from graphile_worker._private_jobs n where n.key > 'step:9999999999999999999' limit c_most)
      ) j
      join graphile_worker._private_tasks t on t.id = j.task_id
      join steward_private.workers w on w.pool_id = j.locked_by
      where j.locked_at < clock_timestamp() - interval '1 second'
    ) o;
  end if;
  -- A worker drops the job of a step whose row it passed over, so that the lock is looked for first.
  if v_job.locked_at is null and v_step.ready_at < clock_timestamp() - interval '2 seconds' and steward_private.is_row_held(v_step.id, v_job.id) then
    code := 'row_held';
    who := 'operator';
    v_holder := steward_private.row_holder();
    explanation := format('Step %s could begin, but a transaction has locked its row in steward.steps or in the queue, and workers pass over what is locked. %s It goes on when that transaction ends. %s',
      explain_turn.name, coalesce('Probably ' || v_holder || '.', 'Which session it is cannot be seen.'), steward_private.how_to_end(coalesce(v_holder, '')));
    return;
  end if;
  -- Where nobody is at work, or the job was dropped or put off, it may be that no worker can begin the step.
  if v_step.ready_at < clock_timestamp() - interval '5 seconds' and v_job.locked_at is null and v_takers is null and v_others is null
    and (v_busy = 0 or v_job.id is null or v_job.run_at > now() or v_job.attempts >= v_job.max_attempts) then
    v_try := steward_private.try_step(v_step.id);
    if v_try.refusal is not null then
      code := 'cannot_begin';
      who := 'operator';
      v_holder := case when v_try.state = '55P03' then coalesce(
        steward_private.lock_holders('{ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}', true), steward_private.row_holder()
      ) end;
      explanation := format('Step %s could begin, but no worker can begin it: Postgres says "%s" (%s).%s%s No attempt is used up, and workers try again each few seconds.',
        explain_turn.name, v_try.refusal, v_try.state,
        case when v_holder is not null then format(' That is because %s. %s', v_holder, steward_private.how_to_end(v_holder)) else '' end,
        coalesce(' Somebody has changed functions of the engine, which may be why: ' || steward_private.changed_functions() || '. steward doctor says how to get them back.', ''));
      return;
    end if;
    if v_try.is_passed_over and steward_private.changed_functions() is not null then
      code := 'cannot_begin';
      who := 'operator';
      explanation := format('Step %s could begin, and workers pass it over, for somebody has changed functions of the engine: %s. steward doctor says how to get them back.',
        explain_turn.name, steward_private.changed_functions());
      return;
    end if;
  end if;
  if v_job.id is null then
    code := 'job_lost';
    explanation := format('Step %s could begin, but its job is not in the queue, as when somebody removes it there. Workers notice, and give it another within 15 s.', explain_turn.name);
  elsif v_job.task_identifier <> v_step.task or v_job.queue_name is not null then
    code := 'edited';
    who := 'operator';
    explanation := format('Step %s could begin, but somebody has edited its job by hand: its task is %s%s. select graphile_worker.remove_job(%L); workers give it another within 15 s.',
      explain_turn.name, v_job.task_identifier, coalesce(', in queue ' || v_job.queue_name, ''), 'step:' || v_step.id);
  elsif v_job.locked_at < clock_timestamp() - interval '10 seconds'
    and not exists (select from steward_private.workers w where w.pool_id = v_job.locked_by) then
    code := 'job_put_off';
    explanation := format('The job of step %s has been locked since %s by %s, which is no worker that is alive. Workers notice, and unlock it within 15 s.',
      explain_turn.name, steward_private.clock(v_job.locked_at), v_job.locked_by);
  elsif v_job.locked_at is not null then
    code := 'begins';
    explanation := case
      when v_job.locked_at < clock_timestamp() - interval '3 seconds'
        then format('A worker (%s) has had the job of step %s since %s and has not begun it: it waits for Postgres, or for a connection of its own, all of which its tasks may hold, or keep for good.',
          (select format('process %s at %s', w.pid, w.host) from steward_private.workers w where w.pool_id = v_job.locked_by), explain_turn.name, steward_private.clock(v_job.locked_at))
      else format('A worker has just taken step %s and is about to begin it.', explain_turn.name)
    end;
  elsif v_job.run_at > now() or v_job.attempts >= v_job.max_attempts then
    code := 'job_put_off';
    explanation := format('%s. Workers notice, and make it due within 15 s.', case
      when v_job.last_error is not null
        then format('graphile-worker has put off the job of step %s, for it could not be begun: %s', explain_turn.name, rtrim(left(regexp_replace(v_job.last_error, '\s+', ' ', 'g'), 300), '.'))
      when v_job.run_at > now()
        then format('The job of step %s waits until %s although the step is due: somebody has put it off by hand', explain_turn.name, steward_private.clock(v_job.run_at))
      else format('The job of step %s has used up its attempts although none was made: somebody has edited it by hand', explain_turn.name)
    end);
  elsif v_takers is not null then
    code := 'waits_for_place';
    explanation := format('Step %s waits for a free place in lane %s: for now %s at a time, of all workers together (lanes.places), and all are taken, by %s. %s',
      explain_turn.name, v_step.lane, v_places, v_takers,
      case when v_rate > 0 then format('The lane ends %s steps per second.', round(v_rate::numeric, 1))
        else 'None of it has ended within the last minute.' end);
  else
    select count(*) into v_before
    from (
      select from steward.steps s
      where s.status in ('queued', 'retrying') and not s.is_backlog and s.ready_at < v_step.ready_at and s.id <> v_step.id
      limit c_most
    ) b;
    -- Nothing is before it, and it has only just become due: workers are about to look.
    if v_before = 0 and v_step.ready_at > clock_timestamp() - interval '2 seconds' then
      code := 'begins';
      explanation := format('Step %s is due, and begins within a second or two.', explain_turn.name);
      return;
    end if;
    code := 'waits_for_place';
    explanation := format('Step %s waits for a free place: %s at %s, and %s waited longer. %s',
      explain_turn.name,
      (select case when count(*) = 1 then '1 worker is' else count(*) || ' workers are' end from steward.workers),
      case when v_busy = 1 then '1 step' else v_busy || ' steps' end,
      case when v_before = 1 then '1 single step has' else v_before || ' single steps have' end,
      case when v_rate > 0 then format('Lane %s ends %s steps per second.', v_step.lane, round(v_rate::numeric, 1))
        when clock_timestamp() - v_step.ready_at > interval '20 seconds' then 'None of its lane has ended within the last minute: the places may all be held by long steps. steward.jobs shows them; more workers, or a larger WORKER_CONCURRENCY, help.'
        else 'It has waited for ' || steward_private.span(clock_timestamp() - v_step.ready_at) || '.' end) || case when v_others is not null then ' Places are taken by jobs that are no steps: ' || v_others || '.' when v_busy = 0 then ' No place is taken, so its workers should have begun it: the last sign of life of one was at ' || coalesce((
        select steward_private.clock(max(w.seen_at)) from steward.workers w where coalesce(v_step.task = any (w.tasks), true)
      ), 'no time that is known') || '. Without one for ten seconds they hang; one that takes no job for 20 s replaces itself.' else '' end;
    if clock_timestamp() - v_step.ready_at > interval '20 seconds' then
      who := 'operator';
    end if;
  end if;
end
$$;

comment on function steward_private.explain_turn(steward.steps, text) is 'Why a step that could begin has not yet: its place in the backlog or the queue. For steward.explain_run.';
