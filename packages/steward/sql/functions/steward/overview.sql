create or replace function steward.overview()
returns jsonb
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
  c_most constant integer := 10000; -- more is not counted: a look must cost the same on a bad day
  c_now constant timestamptz := clock_timestamp();
  v_lanes jsonb;
  v_lifecycles jsonb;
  v_failures jsonb;
  v_tasks jsonb;
  v_workers jsonb;
  v_lacking jsonb;
  v_acts jsonb;
begin
  v_lanes := (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', l.name,
      'remark', l.remark,
      'isOutside', l.is_outside,
      'atOnce', l.at_once,
      'places', floor(l.places),
      'running', w.running,
      'backlog', b.steps,
      'oldestSeconds', case when b.oldest <= c_now then extract(epoch from c_now - b.oldest)::double precision end,
      'rate', r.rate,
      'drainSeconds', b.steps / nullif(r.rate, 0),
      'failures', l.failures,
      'downSince', l.down_since,
      'openUntil', l.open_until,
      'isProbing', coalesce(l.probe_until > c_now, false),
      'errorCode', l.error_code,
      'errorMessage', l.error_message,
      'pause', p.pause
    ) order by l.name), '[]')
    from steward.lanes l
    cross join lateral (
      select count(*) as steps, min(c.ready_at) as oldest
      from (select s.ready_at from steward.steps s where s.is_backlog and s.lane = l.name limit c_most) c
    ) b
    cross join lateral (
      select count(*) as running
      from (select s.lane from steward.steps s where s.worker_id is not null limit c_most) c
      where c.lane = l.name
    ) w
    cross join lateral (select coalesce(steward.lane_rate(l.name), 0) as rate) r
    left join lateral (
      select jsonb_build_object('by', p.paused_by, 'at', p.paused_at, 'reason', p.reason) as pause
      from steward.pauses p where p.what = 'lane' and p.name = l.name
    ) p on true
  );

  v_lifecycles := (
    with open_runs as (
      select r.kind, r.status from steward.runs r where r.status in ('pending', 'running', 'suspended') limit c_most
    ),
    given_up as (
      select r.kind from steward.runs r
      where r.status in ('failed', 'cancelled') and r.finished_at > c_now - interval '1 hour' and r.status::text = 'failed'
      limit c_most
    )
    select coalesce(jsonb_agg(jsonb_build_object(
      'kind', l.kind,
      'description', l.description,
      'open', (select count(*) from open_runs o where o.kind = l.kind),
      'suspended', (select count(*) from open_runs o where o.kind = l.kind and o.status = 'suspended'),
      'failed', (select count(*) from given_up g where g.kind = l.kind),
      'pause', p.pause
    ) order by l.kind), '[]')
    from steward.lifecycles l
    left join lateral (
      select jsonb_build_object('by', p.paused_by, 'at', p.paused_at, 'reason', p.reason) as pause
      from steward.pauses p where p.what = 'lifecycle' and p.name = l.kind
    ) p on true
  );

  v_failures := (
    select coalesce(jsonb_agg(jsonb_build_object('code', f.code, 'message', f.message, 'runs', f.runs, 'lastAt', f.last_at) order by f.runs desc, f.code), '[]')
    from (
      select g.error_code as code, min(g.error_message) as message, count(*) as runs, max(g.finished_at) as last_at
      from (
        select r.error_code, r.error_message, r.finished_at
        from steward.runs r
        where r.status in ('failed', 'cancelled') and r.finished_at > c_now - interval '1 hour' and r.status::text = 'failed'
        limit c_most
      ) g
      group by g.error_code
      order by count(*) desc
      limit 20
    ) f
  );

  v_tasks := (
    with tasks as (
      select s.task, array_agg(distinct s.lane order by s.lane) as lanes, array_agg(distinct s.kind order by s.kind) as lifecycles
      from steward.lifecycle_steps s
      group by s.task
    )
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', coalesce(t.task, p.name),
      'lanes', coalesce(t.lanes, '{}'),
      'lifecycles', coalesce(t.lifecycles, '{}'),
      'pause', case when p.name is not null then jsonb_build_object('by', p.paused_by, 'at', p.paused_at, 'reason', p.reason) end
    ) order by coalesce(t.task, p.name)), '[]')
    from tasks t
    full join (select * from steward.pauses p where p.what = 'task') p on p.name = t.task -- a paused one may not be defined any more
  );

  v_workers := (
    select coalesce(jsonb_agg(jsonb_build_object('id', w.id, 'host', w.host, 'pid', w.pid, 'startedAt', w.started_at, 'steps', w.steps, 'jobs', w.jobs) order by w.id), '[]')
    from (select w.id, w.host, w.pid, w.started_at, w.steps, w.jobs from steward.workers w limit 100) w
  );

  -- Tasks that a definition names and no worker has, where a step waits for one.
  v_lacking := (
    select coalesce(jsonb_agg(t.task order by t.task), '[]')
    from (select distinct s.task, s.lane from steward.lifecycle_steps s) t
    where not exists (select from steward_private.workers w where coalesce(t.task = any (w.tasks), true))
      and (
        exists (select from steward.steps s where s.is_backlog and s.lane = t.lane and s.task = t.task offset 0)
        or exists (
          select from (
            select s.task from steward.steps s
            where s.status in ('queued', 'retrying') and not s.is_backlog and s.ready_at <= c_now
            order by s.ready_at limit 1000
          ) d where d.task = t.task
        )
      )
  );

  v_acts := (
    select coalesce(jsonb_agg(jsonb_build_object('at', a.at, 'actor', a.actor, 'action', a.action, 'reason', a.reason, 'runs', a.runs) order by a.id desc), '[]')
    from (select a.* from steward.audit a order by a.id desc limit 5) a
  );

  return jsonb_build_object(
    'rate', (select coalesce(sum((l ->> 'rate')::double precision), 0) from jsonb_array_elements(v_lanes) l),
    'lanes', v_lanes,
    'lifecycles', v_lifecycles,
    'failures', v_failures,
    'tasks', v_tasks,
    'pace', steward_private.pace(interval '1 hour', interval '1 minute'),
    'workers', v_workers,
    'lackingTasks', v_lacking,
    'lastActs', v_acts,
    'oldestReadySeconds', (
      select extract(epoch from c_now - min(o.ready_at))::double precision
      from (
        (
          select s.ready_at from steward.steps s
          where s.status in ('queued', 'retrying') and not s.is_backlog and s.ready_at <= c_now
          order by s.ready_at limit 1
        )
        union all
        (select s.ready_at from (select s.ready_at from steward.steps s where s.is_backlog limit c_most) s where s.ready_at <= c_now order by s.ready_at limit 1)
      ) o
    )
  );
end
$$;

comment on function steward.overview() is
  E'@behavior -*\nHow the whole stands: lanes, lifecycles, tasks, failures of the last hour, pace, workers, tasks that no worker has, and what was steered last. Nothing is counted beyond 10,000. For the console, in the roles of readers of all runs and of operators.';
