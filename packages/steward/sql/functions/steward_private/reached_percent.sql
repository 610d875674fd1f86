create or replace function steward_private.reached_percent(run_ids uuid[])
returns table (run_id uuid, reached double precision)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set enable_nestloop = off
set jit = off
as $$
  select c.id, least(99, greatest(
    c.reached,
    100 * (c.done + coalesce(
      case when c.total <= 20 then (
        select sum(least(s.done::numeric / s.total, 1))
        from steward.steps s
        where s.run_id = c.id and s.status not in ('succeeded', 'failed', 'cancelled') and s.total > 0
      ) end,
      0
    )) / nullif(c.total, 0)
  ))
  from (
    select r.id, r.done + coalesce(p.done, 0) as done, r.total + coalesce(p.total, 0) as total, coalesce(p.reached, 0) as reached
    from steward.runs r
    left join (
      select b.run_id, sum(b.done) as done, sum(b.total) as total, max(b.reached) as reached
      from steward_private.batch_progress b
      where b.run_id = any (reached_percent.run_ids)
      group by b.run_id
    ) p on p.run_id = r.id
    where r.id = any (reached_percent.run_ids)
  ) c
$$;

comment on function steward_private.reached_percent(uuid[]) is
  'The percent of runs as steward.runs_progress shows it, below 100. For request_steps, which keeps it: what is shown does not go back because there is more to do.';
