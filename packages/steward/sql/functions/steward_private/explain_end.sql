create or replace function steward_private.explain_end(run steward.runs, steering steward.audit, out code text, out who text, out explanation text)
returns record
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
  v_run steward.runs := explain_end.run;
  v_step steward.steps;
  v_attempt steward.attempts;
begin
  code := v_run.status;
  who := 'nobody';
  if v_run.status = 'succeeded' then
    explanation := format('The run succeeded at %s, %s after it was made.', steward_private.clock(v_run.finished_at), steward_private.span(v_run.finished_at - v_run.created_at));
    return;
  end if;
  if v_run.status = 'cancelled' then
    explanation := format('The run was cancelled at %s. %s What had succeeded is kept.', steward_private.clock(v_run.finished_at), coalesce(
      case when (explain_end.steering).action = 'cancel' then steward_private.told(explain_end.steering) end,
      'Nobody did so through steward.cancel: the application did, for example because its row was deleted.'
    ));
    return;
  end if;

  select s.* into v_step
  from (select s.* from steward.steps s where s.run_id = v_run.id offset 0) s
  where s.status = 'failed'
  order by s.finished_at, s.id
  limit 1;
  select a.* into v_attempt from steward.attempts a where a.step_id = v_step.id order by a.attempt desc limit 1;
  who := case
    when v_step.error_code in ('ST401', 'ST403', 'ST406') then 'developer'
    else 'operator'
  end;
  explanation := format(
    'The run failed at %s: step %s%s failed for good after %s, with %s: %s%s%s Correct the cause, then steward.retry(run => %L); only what is not done is done again.',
    steward_private.clock(v_run.finished_at), v_step.name, coalesce(' for ' || v_step.item, ''), case when v_step.attempts = 1 then '1 attempt' else v_step.attempts || ' attempts' end,
    v_step.error_code, v_step.error_message,
    coalesce(' In its own words: ' || rtrim(left(v_attempt.words, 300), '.') || '.', ''),
    coalesce(' That was at ' || v_attempt.host || ' (process ' || v_attempt.pid || ').', ''), v_run.id
  );
end
$$;

comment on function steward_private.explain_end(steward.runs, steward.audit) is 'How a run ended, and why. For steward.explain_run.';
