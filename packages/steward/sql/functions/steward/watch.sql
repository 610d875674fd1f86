create or replace function steward.watch(deliver boolean default false)
returns table (alert_id bigint, event text, monitor text, target text, message text)
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
  c_now constant timestamptz := clock_timestamp();
  v_watched steward_private.watched;
  v_looked text[] := '{no_worker,no_worker_for_task,slow_runs,backlog_grows,held_snapshot}';
  v_broken text;
  v_slice record;
begin
  select * into v_watched from steward_private.watched w where w.looked_at < c_now - interval '9 seconds' for update skip locked;
  if not found then
    return;
  end if;
  update steward_private.watched w
  set looked_at = c_now, violations_at = case when w.violations_at < c_now - interval '1 minute' then c_now else w.violations_at end;

  insert into steward_private.backlog_sizes (lane, at, steps, age)
  select l.name, c_now, b.steps, coalesce(c_now - b.ready_at, interval '0')
  from steward.lanes l
  cross join lateral (
    select count(*) as steps, min(c.ready_at) as ready_at
    from (select s.ready_at from steward.steps s where s.is_backlog and s.lane = l.name limit 10000) c
  ) b
  on conflict (lane, at) do nothing;
  delete from steward.alerts a where a.ended_at < c_now - interval '90 days';
  delete from steward_private.backlog_sizes b where b.at < c_now - interval '10 minutes';

  if v_watched.violations_at < c_now - interval '1 minute' then
    v_looked := v_looked || 'violations'::text;
    begin
      select format('%s broken promises, such as "%s": steward.violations lists them.', case when count(*) = 100 then '100 or more' else count(*)::text end, min(v.violation))
      into v_broken
      from (select v.violation from steward.violations v limit 100) v
      having count(*) > 0;
      -- Ten thousand runs a minute, so that each run is looked at once a day or so; not past what is broken, so that it stays in sight.
      for i in 1 .. 10 loop
        v_slice := steward_private.slice_runs(v_watched.looked_after);
        exit when exists (select from steward_private.run_violations(v_slice.run_ids));
        v_watched.looked_after := coalesce(v_slice.next_after, '00000000-0000-0000-0000-000000000000');
        exit when v_slice.next_after is null;
      end loop;
      update steward_private.watched w set looked_after = v_watched.looked_after;
    exception
      when lock_not_available then
        v_looked := array_remove(v_looked, 'violations'); -- somebody changes a table right now: neither broken nor whole
      when others then
        v_broken := format('Broken promises could not be looked for: %s (%s).', sqlerrm, sqlstate);
    end;
  end if;

  -- Nobody has looked for a while: then there was no worker, and nobody to say so. Where there is none yet, that is told below.
  return query
  with missed as (
    insert into steward.alerts as a (monitor, target, message, raised_at, ended_at)
    select 'no_worker', '', format('No worker was alive for %s.', steward_private.span(c_now - v_watched.looked_at)), v_watched.looked_at, c_now
    where v_watched.looked_at > '-infinity' and v_watched.looked_at < c_now - interval '1 minute'
      and exists (select from steward.workers)
      and not exists (select from steward.alerts o where o.monitor = 'no_worker' and o.ended_at is null)
    returning a.*
  ),
  events as (
    select m.id, e.event, m.monitor, m.target, m.message from missed m cross join (values ('raised'), ('ended')) as e (event)
  ),
  queued as (
    insert into steward_private.deliveries (alert_id, event) select e.id, e.event from events e where watch.deliver
  )
  select e.id, e.event, e.monitor, e.target, e.message from events e order by e.event desc;

  return query
  with found (monitor, target, message) as (
    select 'no_worker', '', 'No worker is alive: what was started waits.'
    where not exists (select from steward.workers)
    union all
    select 'no_worker_for_task', t.task, format('Steps wait, and no worker has their task %s.', t.task)
    from (select distinct s.task, s.lane from steward.lifecycle_steps s) t
    where not exists (select from steward_private.workers w where coalesce(t.task = any (w.tasks), true))
      and exists (select from steward_private.workers)
      and (
        exists (select from steward.steps s where s.is_backlog and s.lane = t.lane and s.task = t.task and s.ready_at < c_now - interval '30 seconds' offset 0)
        or exists (
          select from (
            select s.task from steward.steps s
            where s.status in ('queued', 'retrying') and not s.is_backlog and s.ready_at < c_now - interval '30 seconds'
            order by s.ready_at limit 1000
          ) d where d.task = t.task
        )
      )
    group by t.task
    union all
    select 'slow_runs', s.kind, format('%s runs of %s are open for longer than %s: steward.slow_runs lists them.', count(*), s.kind, steward_private.span(max(s.slow_after)))
    from steward.slow_runs s
    group by s.kind
    union all
    select 'backlog_grows', b.lane, format('The backlog of lane %s grows: %s steps, the oldest has waited for %s.', b.lane, b.steps, steward_private.span(b.age))
    from steward_private.backlog_sizes b
    cross join lateral (
      select p.* from steward_private.backlog_sizes p where p.lane = b.lane and p.at < c_now - interval '5 minutes' order by p.at desc limit 1
    ) p
    where b.at = c_now and b.steps > 1000
      and case
        when b.steps = 10000 then p.steps < 10000 or b.age > p.age
        -- What was raised ends when it clearly shrinks, so that it does not come and go.
        when exists (select from steward.alerts a where a.monitor = 'backlog_grows' and a.target = b.lane and a.ended_at is null) then b.steps > p.steps * 0.9
        else b.steps > p.steps
      end
    union all
    select 'held_snapshot', '', replace(h.sentence, ' Beside that: session', 'Session')
    from steward_private.held_snapshot() as h (sentence)
    where h.sentence <> ''
    union all
    select 'violations', '', v_broken where v_broken is not null
  ),
  ended as (
    update steward.alerts a
    set ended_at = c_now
    where a.ended_at is null and a.monitor = any (v_looked)
      and not exists (select from found f where f.monitor = a.monitor and f.target = a.target)
    returning a.*
  ),
  raised as (
    insert into steward.alerts as a (monitor, target, message, raised_at)
    select f.monitor, f.target, f.message, c_now from found f
    on conflict (monitor, target) where ended_at is null do nothing
    returning a.*
  ),
  events as (
    select r.id, 'raised' as event, r.monitor, r.target, r.message from raised r
    union all
    select e.id, 'ended', e.monitor, e.target, e.message from ended e
  ),
  queued as (
    insert into steward_private.deliveries (alert_id, event) select e.id, e.event from events e where watch.deliver
  )
  select e.id, e.event, e.monitor, e.target, e.message from events e order by e.id, e.event;
end
$$;

comment on function steward.watch(boolean) is
  E'@behavior -*\nLooks whether anything is amiss, at most every ten seconds (for broken promises every minute), and writes steward.alerts. Returns what was raised or ended just now, once, whoever looks. With deliver, ALERT_WEBHOOK_URL is to be told. Every worker calls it; without any, call it from cron to be told that there is none. For the owner.';
