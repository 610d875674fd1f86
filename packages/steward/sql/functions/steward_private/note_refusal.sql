create or replace function steward_private.note_refusal(
  step_id bigint,
  error_code text,
  error_message text,
  wait_ms integer,
  out outcome text,
  out lane_wait_ms integer
)
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
  v_lane text;
  v_worker steward_private.workers;
  v_refused text;
  v_until timestamptz;
begin
  outcome := 'wait';
  lane_wait_ms := note_refusal.wait_ms;
  select s.lane into v_lane from steward.steps s where s.id = note_refusal.step_id;
  select w.* into v_worker
  from steward.steps s join steward_private.workers w on w.id = s.worker_id
  where s.id = note_refusal.step_id;
  v_refused := v_worker.credentials ->> v_lane;
  if v_refused is null then
    return;
  end if;

  insert into steward.refusals as r (lane, credentials, open_until, host, pid, error_code, error_message)
  values (
    v_lane, v_refused, clock_timestamp() + coalesce(note_refusal.wait_ms, 2000) * interval '1 millisecond',
    v_worker.host, v_worker.pid, note_refusal.error_code, left(note_refusal.error_message, 1000)
  )
  on conflict on constraint refusals_pkey do update
  set
    times = r.times + 1, host = excluded.host, pid = excluded.pid, error_code = excluded.error_code, error_message = excluded.error_message,
    -- As long as an open circuit waits: 2 to 15 s, unless the service says.
    open_until = greatest(
      r.open_until,
      clock_timestamp() + coalesce(note_refusal.wait_ms, least(2000 * power(2, least(r.times, 8)), 15000)) * interval '1 millisecond'
    )
  returning r.open_until into v_until;

  if exists (
    select
    from steward.workers l
    join steward_private.workers w on w.id = l.id
    where w.credentials ->> v_lane is distinct from v_refused
      and not exists (select from steward.refusals r where r.lane = v_lane and r.credentials = w.credentials ->> v_lane)
  ) then
    outcome := 'defer';
    lane_wait_ms := null;
  else
    lane_wait_ms := greatest(ceil(extract(epoch from v_until - clock_timestamp()) * 1000), 0);
  end if;
end
$$;

comment on function steward_private.note_refusal(bigint, text, text, integer) is
  'Notes that a service refused what the step''s worker signs in with, so that no worker with the same credentials tries for a while (wait_ms, or some seconds). Returns the outcome of the attempt and how long its lane waits: defer while a living worker has other credentials that are not refused, otherwise wait, and so the circuit is told. For workers, before fail_step.';
