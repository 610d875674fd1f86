create or replace function steward_private.explain_attempt(step steward.steps, name text, out code text, out who text, out explanation text)
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
  v_step steward.steps := explain_attempt.step;
  v_where text;
  v_is_alive boolean := exists (select from steward.workers w where w.id = v_step.worker_id);
  v_holder text;
  v_rescued text := (
    select format(' Before, %s of its attempts had to be taken from workers that were gone or hung, so the step itself may be what ends its process (out of memory, an exit): the log and the host of that worker say how.', sum(a.repeats))
    from steward_private.past_attempts a
    where a.step_id = v_step.id and a.outcome = 'rescued'
    having sum(a.repeats) > case when v_is_alive then 1 else 0 end -- a worker may have been replaced once
  );
begin
  if v_step.begun_at is null or v_step.expires_at is null then
    code := 'edited';
    who := 'operator';
    explanation := format('Step %s says that it is running, but nobody began it: somebody has edited its row by hand. update steward.steps set status = ''queued'' where id = %s; gives it back.', explain_attempt.name, v_step.id);
    return;
  end if;
  select format('process %s at %s', w.pid, w.host) into v_where from steward_private.known_workers w where w.id = v_step.worker_id;
  if v_step.worker_id is not null and not v_is_alive then
    code := 'worker_gone';
    who := 'nobody';
    explanation := format('The worker that ran step %s (%s) is gone: its session with the database has ended. (A process that is still there hangs, or is cut off.) Another takes the step over within seconds.%s%s', explain_attempt.name, v_where,
      v_rescued,
      case when not exists (select from steward.workers) then ' But no worker is alive: start one.' else '' end);
    if not exists (select from steward.workers) then
      code := 'no_worker';
      who := 'operator';
    end if;
    return;
  end if;
  if v_step.expires_at < clock_timestamp() then
    code := 'worker_hangs';
    who := 'operator';
    explanation := format('Step %s should have ended at %s, and its worker (%s) neither ended it nor lost it. Others take it over within seconds; if not, steward.release_worker(%s).',
      explain_attempt.name, steward_private.clock(v_step.expires_at), v_where, v_step.worker_id);
    return;
  end if;
  if exists (select from steward.workers w where w.id = v_step.worker_id and w.state = 'hangs' and w.seen_at < clock_timestamp() - interval '10 seconds') then
    code := 'worker_hangs';
    who := 'operator';
    explanation := format('Step %s is in the hands of a worker (%s) that has not been heard for more than ten seconds: it hangs, or is stopped. Others take the step over at %s; sooner with steward.release_worker(%s).',
      explain_attempt.name, v_where, steward_private.clock(v_step.expires_at), v_step.worker_id);
    return;
  end if;
  -- The attempt before it waited for a lock in vain, and this one is at it again.
  if v_step.blocked_since is not null and exists (
    select
    from pg_catalog.pg_locks l
    join pg_catalog.pg_stat_activity a on a.pid = l.pid
    where not l.granted and a.application_name in ('steward worker', 'steward worker backlog')
      and split_part(steward_private.blocking_session(l.pid), ',', 1) = split_part(v_step.blocked_by, ',', 1)
  ) then
    code := 'blocked';
    who := 'operator';
    explanation := format(
      'Step %s needs rows that another transaction has locked, since %s: %s. It asks again right now, and uses up no attempt. The step goes on when that transaction ends. %s',
      explain_attempt.name, steward_private.clock(v_step.blocked_since), v_step.blocked_by || coalesce(steward_private.last_statement(v_step.blocked_by), ''),
      steward_private.how_to_end(v_step.blocked_by)
    );
    return;
  end if;
  -- What it has brought about cannot be recorded. Its own transaction may hold these rows too.
  if v_step.begun_at < clock_timestamp() - interval '3 seconds'
    and (steward_private.is_run_held(v_step.run_id) or steward_private.is_row_held(v_step.id, null))
    and not exists (
      select from pg_catalog.pg_stat_activity a
      where a.datname = current_database() and a.application_name ~ '^(steward |graphile-)worker' and a.xact_start < clock_timestamp() - interval '1 second'
    ) then
    v_holder := steward_private.row_holder();
    if v_holder is not null then
      code := 'row_held';
      who := 'operator';
      explanation := format('Step %s has been running since %s (%s), and cannot record what it does: a transaction has locked its row, or its run''s. Probably %s. It goes on when that transaction ends. %s',
        explain_attempt.name, steward_private.clock(v_step.begun_at), coalesce(v_where, 'a login that does it itself'), v_holder, steward_private.how_to_end(v_holder));
      return;
    end if;
  end if;
  code := 'running';
  who := 'nobody';
  if v_step.begun_at < clock_timestamp() - interval '3 seconds' then
    v_holder := coalesce(
      steward_private.lock_holders('{ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}', false),
      (
        select steward_private.blocking_session(l.pid) || ' has locked what a worker waits for'
        from pg_catalog.pg_locks l
        join pg_catalog.pg_stat_activity a on a.pid = l.pid
        where not l.granted and a.datname = current_database() and a.application_name ~ '^(steward |graphile-)worker'
        limit 1
      )
    );
  end if;
  explanation := format('Step %s has been running since %s (%s), attempt %s of %s%s. It is given up at %s if it does not end before.',
    explain_attempt.name, steward_private.clock(v_step.begun_at), coalesce(v_where, 'a login that does it itself'), v_step.attempts, v_step.max_attempts,
    case when v_step.done > 0 then format(', %s%s of its own work done', v_step.done, coalesce(' of ' || v_step.total, '')) else '' end,
    steward_private.clock(v_step.expires_at)) || coalesce(v_rescued, '') || coalesce(' Beside that, which may be what it waits for: ' || v_holder || '.', '') || case
      when v_step.begun_at < clock_timestamp() - interval '5 seconds' or v_step.lease > v_step.attempts
        then coalesce(' Beside that: somebody has changed functions of the engine: ' || steward_private.changed_functions() || '. steward doctor says how to get them back.', '')
      else ''
    end;
end
$$;

comment on function steward_private.explain_attempt(steward.steps, text) is 'What the attempt at a step is doing. For steward.explain_run.';
