create or replace function steward.runs_progress(run steward.runs)
returns steward.progress
language sql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select
    c.done::integer,
    c.total::integer,
    c.failed::integer,
    case
      when r.status = 'succeeded' then 100
      when c.total = 0 then 0
      -- Work within a step counts as a part of it, so that a run of one long step moves too. Batches have no such steps.
      else greatest(c.reached, least(100, 100 * (c.done + coalesce(c.part, 0)) / c.total))
    end::double precision
  from steward.runs r
  cross join lateral (
    select
      r.done + coalesce(sum(p.done), 0) as done,
      r.total + coalesce(sum(p.total), 0) as total,
      r.failed + coalesce(sum(p.failed), 0) as failed,
      coalesce(max(p.reached), 0) as reached,
      case when r.status = 'running' and r.total + coalesce(sum(p.total), 0) <= 20 then (
        select sum(least(s.done::numeric / s.total, 1))
        from steward.steps s
        where s.run_id = r.id and s.status not in ('succeeded', 'failed', 'cancelled') and s.total > 0
      ) end as part
    from steward_private.batch_progress p
    where p.run_id = r.id
  ) c
  where r.id = run.id
$$;

comment on function steward.runs_progress(steward.runs) is
  'How far a run is, in steps. Reads counters, never a batch''s steps, so that it costs the same for any size. Null where the caller may not see the run.';
