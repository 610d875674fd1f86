create or replace function steward.measure()
returns table (metric text, labels jsonb, value double precision)
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
  c_most constant integer := 10000; -- more is not counted: a scrape must cost the same on a bad day
begin
  return query
  select 'workers', '{}'::jsonb, count(*)::double precision from steward.workers;

  return query
  with open_runs as (
    select r.kind, r.status from steward.runs r where r.status in ('pending', 'running', 'suspended') limit c_most
  )
  select 'open_runs', jsonb_build_object('lifecycle', o.kind, 'status', o.status), count(*)::double precision
  from open_runs o
  group by o.kind, o.status;

  return query
  select 'running_steps', jsonb_build_object('lane', s.lane), count(*)::double precision
  from steward.steps s
  where s.worker_id is not null
  group by s.lane;

  return query
  select m.metric, jsonb_build_object('lane', l.name), m.value
  from steward.lanes l
  cross join lateral (
    select count(*)::double precision as steps, coalesce(extract(epoch from clock_timestamp() - min(b.ready_at)), 0)::double precision as age
    from (select s.ready_at from steward.steps s where s.is_backlog and s.lane = l.name limit c_most) b
  ) b
  cross join lateral (
    values ('backlog_steps', b.steps), ('backlog_age_seconds', greatest(b.age, 0)), ('lane_failures', l.failures),
      ('lane_open', (l.open_until is not null and l.open_until > clock_timestamp())::integer)
  ) m (metric, value);

  return query
  with due as (
    select s.ready_at from steward.steps s
    where s.status in ('queued', 'retrying') and not s.is_backlog and s.ready_at <= statement_timestamp()
    order by s.ready_at
    limit c_most
  )
  select m.metric, '{}'::jsonb, m.value
  from (select count(*) as steps, coalesce(extract(epoch from clock_timestamp() - min(d.ready_at)), 0) as age from due d) d
  cross join lateral (values ('due_steps', d.steps::double precision), ('due_age_seconds', d.age::double precision)) m (metric, value);

  -- Of other roles' sessions the owner sees it only with pg_read_all_stats.
  return query
  select 'snapshot_age_seconds', '{}'::jsonb, coalesce(max(extract(epoch from clock_timestamp() - a.xact_start)), 0)::double precision
  from pg_catalog.pg_stat_activity a
  where a.backend_xmin is not null and a.datname = current_database() and a.pid <> pg_backend_pid();

  return query
  select 'alerts', jsonb_build_object('monitor', m.monitor), count(a.id)::double precision
  from unnest('{no_worker,no_worker_for_task,slow_runs,backlog_grows,held_snapshot,violations}'::text[]) as m (monitor)
  left join steward.alerts a on a.monitor = m.monitor and a.ended_at is null
  group by m.monitor;

  return query
  select 'dead_rows', jsonb_build_object('table', t.schemaname || '.' || t.relname), t.n_dead_tup::double precision
  from pg_catalog.pg_stat_user_tables t
  where t.relid in ('steward.runs'::regclass, 'steward.steps'::regclass)
    or t.schemaname = 'graphile_worker' and t.relname = '_private_jobs';
end
$$;

comment on function steward.measure() is
  E'@behavior -*\nWhat /metrics tells of the database: a row for each series, its labels as a JSON object. Nothing is counted beyond 10,000. For the server''s and the workers'' scrapes, and for readers.';
