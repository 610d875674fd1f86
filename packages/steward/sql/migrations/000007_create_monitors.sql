-- What an operator looks at, and what is noticed without anybody looking. Locks nothing: all is new.
-- The views read functions, for a view cannot keep Postgres from a plan that reads everything (docs/decisions/one-plan.md).

create function steward_private.find_beats()
returns table (worker_id integer, seen_at timestamptz)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select l.objid::bigint::integer, a.state_change
  from pg_catalog.pg_locks l
  join pg_catalog.pg_stat_activity a on a.pid = l.pid
  where l.locktype = 'advisory' and l.granted and l.objsubid = 2 and l.classid = 1398031447
    and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
$$;
comment on function steward_private.find_beats() is
  'Workers that hold their lock, and when each last said anything in its session, which it does every second. For steward.workers.';

create view steward.workers as
select
  w.id,
  w.host,
  w.pid,
  k.version,
  case
    when s.hung > 0 or coalesce(b.seen_at, w.seen_at) < clock_timestamp() - interval '10 seconds' then 'hangs'
    when s.steps > 0 then 'works'
    else 'idle'
  end as state,
  w.started_at,
  now() - w.started_at as age,
  case when w.uses_lock then b.seen_at else w.seen_at end as seen_at,
  s.steps,
  s.jobs,
  array(
    select r.name || coalesce(' for ' || r.item, '') from steward.steps r
    where r.worker_id = w.id
    order by r.begun_at limit 5
  ) as running,
  s.begun_at as running_since,
  s.last_begun_at,
  w.tasks,
  w.pool_id,
  w.uses_lock
from steward_private.workers w
left join steward_private.known_workers k on k.id = w.id
left join steward_private.find_beats() b on b.worker_id = w.id
cross join lateral (
  select
    count(*) as steps,
    count(*) filter (where h.expires_at < clock_timestamp()) as hung,
    -- By key: the queue has no index on who locked a job.
    count(*) filter (where exists (select from graphile_worker.jobs j where j.key = 'step:' || h.id and j.locked_by = w.pool_id)) as jobs,
    min(h.begun_at) as begun_at,
    max(h.begun_at) as last_begun_at
  from steward.steps h
  where h.worker_id = w.id
) s
where case when w.uses_lock then b.worker_id is not null else w.seen_at > now() - interval '5 seconds' end;
comment on view steward.workers is 'Worker processes: at work, idle, or hanging. One that is gone disappears at once, its steps go on elsewhere within seconds.';
comment on column steward.workers.id is 'Identifies the worker.';
comment on column steward.workers.host is 'The machine.';
comment on column steward.workers.pid is 'The process.';
comment on column steward.workers.version is 'The version of the engine that it runs.';
comment on column steward.workers.state is
  'works, idle, or hangs: it has not been heard for ten seconds although its session is there, or holds a step past its timeout. steward.release_worker takes everything out of its hands.';
comment on column steward.workers.started_at is 'When it came.';
comment on column steward.workers.age is 'For how long it has been there.';
comment on column steward.workers.seen_at is 'When it was last heard; it says something every second.';
comment on column steward.workers.steps is 'Steps it holds.';
comment on column steward.workers.jobs is 'Of these, steps with a job of their own in graphile-worker''s queue.';
comment on column steward.workers.running is 'The five of these that it has been at for the longest time.';
comment on column steward.workers.running_since is 'When the first of these began.';
comment on column steward.workers.last_begun_at is 'When the last of them began.';
comment on column steward.workers.tasks is 'The tasks that it has; null: it does not say, and is given any.';
comment on column steward.workers.pool_id is 'graphile-worker''s name for it (locked_by of its jobs).';
comment on column steward.workers.uses_lock is 'False behind a transaction pooler: then it is noticed by its silence, not by its lock.';

create view steward.backlog as
select
  l.name as lane,
  b.steps,
  b.ready,
  now() - b.first_ready_at as oldest,
  r.rate,
  case when b.steps > 0 then b.steps / r.rate * interval '1 second' end as drained_in,
  array(
    -- From one task to the next, without reading what lies between.
    with recursive tasks (task) as (
      (select s.task from steward.steps s where s.is_backlog and s.lane = l.name order by s.task limit 1)
      union all
      select (select s.task from steward.steps s where s.is_backlog and s.lane = l.name and s.task > t.task order by s.task limit 1)
      from tasks t
      where t.task is not null
    )
    select t.task from tasks t
    where t.task is not null
      and not exists (select from steward_private.workers w where coalesce(t.task = any (w.tasks), true))
    order by t.task
  ) as lacking,
  l.down_since,
  l.open_until,
  l.error_code,
  l.error_message
from steward.lanes l
cross join lateral (
  select count(*) as steps, count(*) filter (where c.ready_at <= now()) as ready, min(c.ready_at) as first_ready_at
  from (select s.ready_at from steward.steps s where s.is_backlog and s.lane = l.name limit 100000) c
) b
cross join lateral (
  select nullif(sum(m.steps), 0) / greatest(extract(epoch from clock_timestamp() - min(m.since)), 5)::double precision as rate
  from steward_private.lane_rates m
  where m.lane = l.name and m.since > clock_timestamp() - interval '1 minute'
) r;
comment on view steward.backlog is 'What waits in each lane beside the queue, how fast it goes, and whether the lane''s provider is in trouble.';
comment on column steward.backlog.lane is 'The lane.';
comment on column steward.backlog.steps is 'Steps that wait; more than 100,000 are not counted.';
comment on column steward.backlog.ready is 'Of these, those that may begin.';
comment on column steward.backlog.oldest is 'How long the first of them has waited.';
comment on column steward.backlog.rate is 'Steps of the lane that succeeded per second, within the last minute; null for none.';
comment on column steward.backlog.drained_in is 'When nothing will wait any more at that rate; null where nothing waits or nothing has succeeded.';
comment on column steward.backlog.lacking is 'Tasks of steps that wait and that no worker has: these wait for a worker that does, without using up attempts.';
comment on column steward.backlog.down_since is 'When the first failure of the lane''s service since its last success was.';
comment on column steward.backlog.open_until is 'The provider is in trouble: nothing begins before then.';
comment on column steward.backlog.error_code is 'What the trouble is, a code of docs/errors.md.';
comment on column steward.backlog.error_message is 'What the trouble is, a sentence.';

create function steward_private.find_failures()
returns table (code text, runs bigint, retrying bigint, first_seen timestamptz, last_seen timestamptz, example_run uuid, example text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
  with seen as (
    (
      select r.error_code, true as has_failed, r.finished_at as at, r.id, r.error_message
      from steward.runs r
      where r.status in ('failed', 'cancelled') and r.status::text = 'failed' and r.finished_at > now() - interval '7 days'
      order by r.finished_at desc
      limit 10000
    )
    union all
    select s.error_code, false, s.begun_at, s.run_id, s.error_message
    from (
      (select b.* from steward.steps b where b.is_backlog limit 10000)
      union all
      (select d.* from steward.steps d where d.status in ('queued', 'retrying') and not d.is_backlog order by d.ready_at desc limit 10000)
    ) s
    where s.status::text = 'retrying'
  )
  select
    s.error_code, count(*) filter (where s.has_failed), count(*) filter (where not s.has_failed), min(s.at), max(s.at),
    (array_agg(s.id order by s.at desc nulls last))[1], (array_agg(s.error_message order by s.at desc nulls last))[1]
  from seen s
  where s.error_code is not null
  group by s.error_code
$$;
comment on function steward_private.find_failures() is 'The rows of steward.failures.';

create view steward.failures as
select * from steward_private.find_failures();
comment on view steward.failures is 'Why runs failed within the last seven days (the last 10,000 of them), and why steps are being tried again now, by code.';
comment on column steward.failures.code is 'A code of docs/errors.md.';
comment on column steward.failures.runs is 'Runs that failed for good.';
comment on column steward.failures.retrying is 'Steps that are tried again.';
comment on column steward.failures.first_seen is 'When the first of them failed.';
comment on column steward.failures.last_seen is 'When the last of them failed.';
comment on column steward.failures.example_run is 'The run of the last of them: for steward.explain_run and steward.attempts.';
comment on column steward.failures.example is 'What was the matter with it, a sentence.';

create function steward_private.find_slow_runs()
returns table (
  run_id uuid, kind text, subject_table text, subject_id text, status steward.run_status, age interval, slow_after interval, step text, step_status steward.step_status, error_code text
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
  -- An open run has a step that is at work or waits for its turn; what has waited longest is looked at, and what was put off furthest.
  with steps as (
    (select s.run_id, s.name, s.status, s.error_code from steward.steps s where s.worker_id is not null limit 1000)
    union all
    (
      select s.run_id, s.name, s.status, s.error_code from steward.steps s
      where s.status in ('queued', 'retrying') and not s.is_backlog and s.worker_id is null
      order by s.ready_at limit 1000
    )
    union all
    (
      select s.run_id, s.name, s.status, s.error_code from steward.steps s
      where s.status in ('queued', 'retrying') and not s.is_backlog and s.worker_id is null
      order by s.ready_at desc limit 1000
    )
    union all
    select b.run_id, b.name, b.status, b.error_code
    from steward.lanes l
    cross join lateral (select s.* from steward.steps s where s.is_backlog and s.lane = l.name order by s.task, s.priority, s.ready_at, s.id limit 1000) b
  )
  select distinct on (r.id)
    r.id, r.kind, r.subject_table, r.subject_id, r.status, now() - r.created_at, coalesce(k.slow_after, interval '300 seconds'), s.name, s.status, s.error_code
  from steps s
  cross join lateral (select o.* from steward.runs o where o.id = s.run_id offset 0) r
  join steward.lifecycles k on k.kind = r.kind
  where r.status::text in ('pending', 'running') and r.created_at < now() - coalesce(k.slow_after, interval '300 seconds')
  order by r.id, s.status desc
$$;
comment on function steward_private.find_slow_runs() is 'The rows of steward.slow_runs.';

create view steward.slow_runs as
select * from steward_private.find_slow_runs();
comment on view steward.slow_runs is
  'Open runs that take longer than their lifecycle says (lifecycles.slow_after, 300 s unless set), without suspended ones. Of a large backlog the first thousand steps of each lane. steward.explain_run says why.';
comment on column steward.slow_runs.run_id is 'The run.';
comment on column steward.slow_runs.kind is 'Its lifecycle.';
comment on column steward.slow_runs.subject_table is 'The table of the row that it is about.';
comment on column steward.slow_runs.subject_id is 'The key of that row.';
comment on column steward.slow_runs.status is 'Where it stands.';
comment on column steward.slow_runs.age is 'For how long it has been open.';
comment on column steward.slow_runs.slow_after is 'After so long it counts as slow.';
comment on column steward.slow_runs.step is 'A step of it that is at work or waits for its turn.';
comment on column steward.slow_runs.step_status is 'Where that step stands.';
comment on column steward.slow_runs.error_code is 'Why its last attempt did not succeed.';

create function steward_private.find_purges()
returns table (
  run_id uuid, step_id bigint, kind text, subject_id text, table_name text, status steward.step_status, done bigint, total bigint,
  rate double precision, ends_in interval, since timestamptz, worker_id integer, error_code text
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
  with steps as (
    (select s.* from steward.steps s where s.worker_id is not null limit 10000)
    union all
    (select s.* from steward.steps s where s.status in ('queued', 'retrying') and not s.is_backlog and s.worker_id is null order by s.ready_at limit 10000)
    union all
    select b.*
    from steward.lanes l
    cross join lateral (select s.* from steward.steps s where s.is_backlog and s.lane = l.name and s.task = 'purge' limit 10000) b
  )
  select
    s.run_id, s.id, r.kind, r.subject_id, s.item, s.status, s.done, s.total, p.rate,
    greatest(s.total - s.done, 0) / nullif(p.rate, 0) * interval '1 second', s.started_at, s.worker_id, s.error_code
  from steps s
  cross join lateral (select o.* from steward.runs o where o.id = s.run_id offset 0) r
  cross join lateral (
    select s.done / nullif(extract(epoch from clock_timestamp() - s.started_at), 0)::double precision as rate
  ) p
  where s.task = 'purge'
$$;
comment on function steward_private.find_purges() is 'The rows of steward.purges.';

create view steward.purges as
select * from steward_private.find_purges();
comment on view steward.purges is 'Purges that are at work or wait: a row for each run and table.';
comment on column steward.purges.run_id is 'The run.';
comment on column steward.purges.step_id is 'The step.';
comment on column steward.purges.kind is 'The run''s lifecycle.';
comment on column steward.purges.subject_id is 'Whose rows go.';
comment on column steward.purges.table_name is 'The table that they go from.';
comment on column steward.purges.status is 'Where it stands.';
comment on column steward.purges.done is 'Rows deleted.';
comment on column steward.purges.total is 'Rows in all, an estimate.';
comment on column steward.purges.rate is 'Rows per second since it began.';
comment on column steward.purges.ends_in is 'When it will be done at that rate.';
comment on column steward.purges.since is 'When it began.';
comment on column steward.purges.worker_id is 'The worker that is at it.';
comment on column steward.purges.error_code is 'Why its last attempt did not succeed.';

create function steward_private.find_blockers()
returns table (
  pid integer, role_name name, application text, state text, since timestamptz, last_query text, sessions bigint, waiting integer[], steps bigint, step_ids bigint[]
)
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
  with waits as (
    select b.pid, w.pid as waiting
    from (select distinct l.pid from pg_catalog.pg_locks l where not l.granted) w
    cross join lateral unnest(pg_blocking_pids(w.pid)) as b (pid)
  ),
  -- A step does not wait for a lock: it is put off, and asks again.
  put_off as (
    select substring(s.blocked_by from '^session (\d+)')::integer as pid, s.id, s.blocked_since
    from (
      (select b.* from steward.steps b where b.is_backlog limit 10000)
      union all
      (select d.* from steward.steps d where d.status in ('queued', 'retrying') and not d.is_backlog order by d.ready_at limit 10000)
    ) s
    where s.blocked_since is not null and s.status::text = 'retrying'
  )
  select
    a.pid, a.usename, a.application_name, a.state, a.xact_start, left(regexp_replace(a.query, '\s+', ' ', 'g'), 200),
    w.sessions, w.waiting, p.steps, p.step_ids
  from pg_catalog.pg_stat_activity a
  cross join lateral (select count(*) as sessions, (array_agg(w.waiting order by w.waiting))[:20] as waiting from waits w where w.pid = a.pid) w
  cross join lateral (
    select count(*) as steps, (array_agg(p.id order by p.blocked_since, p.id))[:20] as step_ids
    from put_off p
    -- Not a later session that was given the same number, nor one that has let go since.
    where p.pid = a.pid and (a.xact_start <= p.blocked_since or a.query = '<insufficient privilege>')
  ) p
  where (w.sessions > 0 or p.steps > 0) and a.datname = current_database()
$$;
comment on function steward_private.find_blockers() is 'The rows of steward.blockers.';

create view steward.blockers as
select * from steward_private.find_blockers();
comment on view steward.blockers is
  'Sessions that hold a lock for which others wait. What other roles'' sessions do is seen only if the owner is in pg_read_all_stats. select pg_terminate_backend(pid) ends one.';
comment on column steward.blockers.pid is 'The session.';
comment on column steward.blockers.role_name is 'Its role.';
comment on column steward.blockers.application is 'Its application_name.';
comment on column steward.blockers.state is 'What it does: idle in transaction is one that forgot to commit.';
comment on column steward.blockers.since is 'Since when its transaction has been open.';
comment on column steward.blockers.last_query is 'What it runs, or ran last.';
comment on column steward.blockers.sessions is 'Sessions that wait for it.';
comment on column steward.blockers.waiting is 'Twenty of them.';
comment on column steward.blockers.steps is 'Steps that were put off because of it, and ask again.';
comment on column steward.blockers.step_ids is 'The twenty of them that were put off first.';

create table steward.alerts (
  id bigint generated always as identity primary key,
  monitor text not null,
  target text not null default '',
  message text not null,
  raised_at timestamptz not null default now(),
  ended_at timestamptz
);
create unique index alerts_one_raised_idx on steward.alerts (monitor, target) where ended_at is null;
comment on table steward.alerts is 'What was amiss, from when to when: each alert is raised once and ended once, however many workers look. steward.watch writes it.';
comment on column steward.alerts.id is 'Identifies the alert.';
comment on column steward.alerts.monitor is 'no_worker, no_worker_for_task, slow_runs, backlog_grows, held_snapshot or violations: docs/operate.md says what each means.';
comment on column steward.alerts.target is 'What it is about: a task, a lifecycle or a lane; empty where it is about the whole.';
comment on column steward.alerts.message is 'What was amiss when it was raised, a sentence.';
comment on column steward.alerts.raised_at is 'Since when.';
comment on column steward.alerts.ended_at is 'Until when; null while it is so.';

create table steward_private.deliveries (
  alert_id bigint not null references steward.alerts (id) on delete cascade,
  event text not null constraint deliveries_event_check check (event in ('raised', 'ended')),
  tries integer not null default 0,
  next_at timestamptz not null default now(),
  primary key (alert_id, event)
);
comment on table steward_private.deliveries is 'Alerts that ALERT_WEBHOOK_URL has not been told yet.';
comment on column steward_private.deliveries.alert_id is 'The alert.';
comment on column steward_private.deliveries.event is 'raised or ended.';
comment on column steward_private.deliveries.tries is 'How often it was tried.';
comment on column steward_private.deliveries.next_at is 'When it is tried next.';

create table steward_private.watched (
  is_only boolean primary key default true constraint watched_is_only_check check (is_only),
  looked_at timestamptz not null default '-infinity',
  violations_at timestamptz not null default '-infinity'
);
insert into steward_private.watched default values;
comment on table steward_private.watched is 'When somebody last looked whether anything is amiss. Who looks holds the row, so that one looks at a time.';
comment on column steward_private.watched.is_only is 'True: there is one row.';
comment on column steward_private.watched.looked_at is 'When.';
comment on column steward_private.watched.violations_at is 'When for broken promises, which is more work.';

create table steward_private.backlog_sizes (
  lane text not null,
  at timestamptz not null default now(),
  steps bigint not null,
  age interval not null,
  primary key (lane, at)
);
comment on table steward_private.backlog_sizes is 'How large each lane''s backlog was within the last ten minutes, to see whether it grows.';
comment on column steward_private.backlog_sizes.lane is 'The lane.';
comment on column steward_private.backlog_sizes.at is 'When.';
comment on column steward_private.backlog_sizes.steps is 'Steps that waited; more than 10,000 were not counted.';
comment on column steward_private.backlog_sizes.age is 'How long the oldest of them had waited.';

alter table steward.alerts enable row level security;
create policy alerts_granted on steward.alerts using (true);
