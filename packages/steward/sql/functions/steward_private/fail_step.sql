create or replace function steward_private.fail_step(
  step_id bigint,
  lease integer,
  outcome text,
  error_code text default null,
  error_message text default null,
  wait_ms integer default null,
  blocked_by text default null,
  words text default null
)
returns steward.step_status
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
  c_most_waits constant integer := 20;
  v_step steward.steps;
  v_outcome text := fail_step.outcome;
  v_status steward.step_status;
  v_is_again boolean;
begin
  perform steward_private.fence_step(fail_step.step_id, fail_step.lease);
  select * into v_step from steward.steps s where s.id = fail_step.step_id;

  -- Its time runs out each time while it waits for connections of its worker: it may be the step itself that has them all.
  if v_outcome = 'release' and fail_step.error_code = 'ST401' and (
    select p.outcome = 'release' and p.error_code = 'ST401' and p.repeats >= c_most_waits
    from steward_private.past_attempts p
    where p.step_id = fail_step.step_id
    order by p.lease desc
    limit 1
  ) then
    v_outcome := 'later';
  end if;

  perform steward_private.keep_attempts(
    array[v_step], v_outcome, fail_step.error_code, fail_step.error_message, fail_step.words, fail_step.blocked_by
  );

  v_status := case
    when v_outcome = 'release' then 'queued'
    when v_outcome = 'never' then 'failed'
    when v_outcome = 'later' and v_step.attempts >= v_step.max_attempts then 'failed'
    else 'retrying'
  end;
  -- What it was to bring about has changed since it began: that has not been tried yet.
  v_is_again := v_status = 'failed' and v_step.is_dirty;
  if v_is_again then
    v_status := 'queued';
  end if;

  update steward.steps s
  set
    status = v_status,
    worker_id = null,
    expires_at = null,
    attempts = case when v_is_again then 0 when v_outcome in ('wait', 'defer', 'blocked', 'release') then s.attempts - 1 else s.attempts end,
    -- 2, 4, 8 ... seconds, at most an hour; a quarter more or less, so that those who failed together do not return together.
    ready_at = clock_timestamp() + case
      when v_is_again or v_outcome = 'release' then interval '0'
      when v_outcome = 'later' then least(power(2, s.attempts), 3600) * (0.75 + random() / 2) * interval '1 second'
      -- The longer somebody else's transaction has been in the way, the seldomer the step asks: half as long again, at most a minute.
      when v_outcome = 'blocked'
      then least(greatest((clock_timestamp() - s.blocked_since) / 2, interval '1 second'), interval '1 minute') * (0.75 + random() / 2)
      -- Far apart: two steps that each wait for the other's attempt to end must not come back together again and again.
      when v_outcome = 'defer' and fail_step.wait_ms is null then (0.5 + random()) * interval '2 seconds'
      else coalesce(fail_step.wait_ms, 2000) * (1 + random() / 4) * interval '1 millisecond'
    end,
    -- What came out of the backlog waits there.
    is_backlog = v_status <> 'failed' and s.priority >= 10,
    blocked_since = case
      when v_outcome = 'blocked' then coalesce(s.blocked_since, clock_timestamp())
      when v_outcome = 'release' then s.blocked_since
    end,
    blocked_by = case when v_outcome = 'release' then s.blocked_by else fail_step.blocked_by end,
    error_code = case when v_outcome = 'release' then s.error_code else fail_step.error_code end,
    error_message = case when v_outcome = 'release' then s.error_message else left(fail_step.error_message, 1000) end,
    finished_at = case when v_status = 'failed' then clock_timestamp() end
  where s.id = fail_step.step_id;

  if v_outcome = 'wait' or fail_step.error_code = 'ST401' then
    perform steward_private.narrow_lane(v_step.lane, v_step.begun_at);
  end if;
  if v_outcome = 'wait' then
    perform steward_private.trip_lane(v_step.lane, fail_step.error_code, fail_step.error_message, fail_step.wait_ms);
  elsif v_outcome in ('never', 'later') and coalesce(fail_step.error_code, '') !~ '^ST4' then
    -- The provider answered, be it with a refusal: the probe has shown that it is there. An error of the engine's own says nothing of it.
    update steward.lanes l
    set failures = 0, down_since = null, open_until = null, probe_until = null, error_code = null, error_message = null
    where l.name = v_step.lane and l.open_until is not null;
    perform steward_private.forget_refusals(array[fail_step.step_id]);
  else
    -- Had it been the probe, it showed nothing: another may go.
    update steward.lanes l
    set probe_until = null
    where l.name = v_step.lane and l.probe_until is not null;
  end if;

  if v_status = 'failed' then
    perform steward_private.count_failure(v_step.run_id, v_step.name, v_step.item);
  elsif v_step.priority < 10 then
    perform steward_private.enqueue_steps(array[fail_step.step_id]);
  end if;
  return v_status;
end
$$;

comment on function steward_private.fail_step(bigint, integer, text, text, text, integer, text, text) is
  'Ends an attempt without success. Outcome: never (failed for good), later (back-off, or failed when attempts are used up; begins anew where its item has changed meanwhile), wait (the provider is in trouble: no attempt used, its circuit told), defer (something else must happen first: no attempt used), blocked (somebody else''s transaction is in the way, the session blocked_by if it is known: no attempt used, and the longer it lasts, the later the next), release (goes on elsewhere at once; for ST401, so often in a row that it must be the step''s own doing, it counts as later). words: the error in its own words, for steward.attempts. Raises ST404 without the lease. Returns the step''s status. For workers.';
