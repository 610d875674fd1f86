create or replace function steward_private.keep_attempts(
  attempts steward.steps[],
  outcome text,
  error_code text default null,
  error_message text default null,
  words text default null,
  blocked_by text default null
)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
begin
  if keep_attempts.attempts = '{}' then
    return;
  end if;
  -- A step that waits for days is asked again every few seconds: that is one row, not a hundred thousand.
  with kept as (
    update steward_private.past_attempts p
    set ended_at = clock_timestamp(), repeats = p.repeats + 1, blocked_by = coalesce(keep_attempts.blocked_by, p.blocked_by)
    from unnest(keep_attempts.attempts) a
    where p.step_id = a.id
      and p.lease = (select l.lease from steward_private.past_attempts l where l.step_id = a.id order by l.lease desc limit 1)
      and p.outcome = keep_attempts.outcome and p.outcome in ('wait', 'defer', 'blocked', 'release')
      and p.error_code is not distinct from keep_attempts.error_code
    returning p.step_id
  )
  insert into steward_private.past_attempts (
    step_id, lease, begun_by, begun_at, outcome, error_code, error_message, words, blocked_by
  )
  select
    a.id, a.lease, a.begun_by, a.begun_at, keep_attempts.outcome, keep_attempts.error_code, left(keep_attempts.error_message, 1000),
    left(keep_attempts.words, 2000), keep_attempts.blocked_by
  from unnest(keep_attempts.attempts) a
  where not exists (select from kept k where k.step_id = a.id)
  on conflict on constraint past_attempts_pkey do nothing;
end
$$;

comment on function steward_private.keep_attempts(steward.steps[], text, text, text, text, text) is
  'Keeps what became of attempts that ended without success. The steps are as they were while the attempts ran. For the engine.';
