create or replace function steward.steps_waits_for(step steward.steps)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select steward.obstacle_of(s.task, s.lane)
  from steward.steps s
  where s.id = step.id and s.status::text in ('queued', 'retrying')
$$;

comment on function steward.steps_waits_for(steward.steps) is
  'Why a step that could begin does not, a sentence: no worker has its task, or its provider is in trouble. Null when nothing but its turn or its time is waited for, and where the caller may not see the step.';
