create or replace function steward.steps_rate(step steward.steps)
returns double precision
language sql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select s.done / nullif(extract(epoch from coalesce(s.finished_at, now()) - s.started_at), 0)::double precision
  from steward.steps s
  where s.id = step.id and s.done > 0
$$;

comment on function steward.steps_rate(steward.steps) is
  'Units of its own work, such as rows deleted, per second since its first attempt began; null where none are counted, and where the caller may not see the step.';
