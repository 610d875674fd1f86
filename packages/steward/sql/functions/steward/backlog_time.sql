create or replace function steward.backlog_time(run uuid)
returns interval
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set enable_bitmapscan = off
set enable_sort = off
set jit = off
as $$
  select (b.before + b.own) / l.rate * interval '1 second'
  from steward.runs r
  cross join lateral (
    select s.lane, s.task, s.priority, s.ready_at, s.id from steward.steps s where s.run_id = r.id and s.is_backlog limit 1
  ) s
  cross join lateral (select steward.lane_rate(s.lane) as rate) l
  cross join lateral (
    -- Counted as far as that is cheap; beyond it, as many as Postgres thinks there are.
    select case
      when count(*) < 10000 then count(*)
      else greatest(10000, (select c.reltuples::bigint from pg_catalog.pg_class c where c.oid = 'steward.steps_backlog_idx'::regclass))
    end as before, (
      select r.total - r.done - r.failed + coalesce(sum(p.total - p.done - p.failed), 0) from steward_private.batch_progress p where p.run_id = r.id
    ) as own
    from (
      select from steward.steps o
      where o.is_backlog and o.lane = s.lane and o.task = s.task and o.run_id <> r.id and (o.priority, o.ready_at, o.id) < (s.priority, s.ready_at, s.id)
      limit 10000
    ) o
  ) b
  where r.id = backlog_time.run and l.rate > 0
$$;

comment on function steward.backlog_time(uuid) is
  E'@behavior -*\nHow long it will probably take until the backlog of its lane has come to the end of a run: what is before it and its own steps, at the lane''s present rate. Null when nothing of the run is in a backlog, and when its lane does not move. For readers.';
