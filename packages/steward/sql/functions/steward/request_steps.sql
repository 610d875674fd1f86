create or replace function steward.request_steps(run_ids uuid[], name text, items text[])
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_nestloop = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_kind text;
  v_idle_ids bigint[];
  v_ready_ids bigint[];
begin
  -- Until this transaction ends none of these runs can end: steward_private.advance_runs wants a stronger lock.
  perform from steward.runs r
  where r.id = any (request_steps.run_ids) and r.status::text in ('pending', 'running', 'suspended')
  order by r.id
  for share;

  select r.kind into v_kind
  from steward.runs r
  where r.id = any (request_steps.run_ids) and r.status::text in ('pending', 'running', 'suspended')
    and not exists (
      select from steward.lifecycle_steps d where d.kind = r.kind and d.name = request_steps.name and d.is_batch offset 0
    )
  limit 1;
  if found then
    raise exception using
      errcode = 'ST422',
      message = format('The lifecycle %s has no batch %s.', v_kind, coalesce(quote_literal(left(request_steps.name, 63)), 'null')),
      hint = 'Define it with steward.define_lifecycle, or correct its name.';
  end if;

  perform from steward.steps s
  where s.id = any (array(
    select f.id
    from unnest(request_steps.run_ids, request_steps.items) as u (run_id, item)
    cross join lateral (
      select f.id from steward.steps f
      where f.run_id = u.run_id and f.name = request_steps.name and f.item = u.item
      offset 0
    ) f
  ))
  order by s.id -- as steward_private.succeed_steps does
  for no key update;

  with requested as (
    insert into steward.steps as s (run_id, name, item, lane, task, after, status, priority, max_attempts)
    select q.run_id, d.name, i.item, d.lane, d.task, nullif(d.ancestors, '{}'),
      case when d.must_wait then 'waiting' else 'queued' end::steward.step_status,
      d.priority + case when count(*) over () > steward_private.bulk_threshold() then 10 else 0 end,
      d.max_attempts
    from (
      select u.run_id, array_agg(distinct u.item) as items
      from unnest(request_steps.run_ids, request_steps.items) as u (run_id, item)
      group by u.run_id
    ) q
    cross join lateral (
      select d.name, d.lane, d.task, d.ancestors, d.priority, d.max_attempts,
        exists (
          select from steward.steps p
          where p.run_id = r.id and p.name = any (d.ancestors) and p.status <> 'succeeded'
          offset 0
        ) as must_wait
      from steward.runs r
      join steward.lifecycle_steps d on d.kind = r.kind and d.name = request_steps.name
      where r.id = q.run_id and r.status::text in ('pending', 'running', 'suspended')
      offset 0
    ) d
    cross join unnest(q.items) as i (item)
    order by q.run_id, i.item
    on conflict (run_id, name, item) do update
    set
      -- A step that runs now began before this change: it runs once more. One that has not begun will see the change anyway.
      is_dirty = s.status = 'running',
      status = case when s.status in ('succeeded', 'failed', 'cancelled') then excluded.status else s.status end,
      attempts = case when s.status in ('succeeded', 'failed', 'cancelled') then 0 else s.attempts end,
      ready_at = case when s.status in ('succeeded', 'failed', 'cancelled') then now() else s.ready_at end,
      finished_at = case when s.status in ('succeeded', 'failed', 'cancelled') then null else s.finished_at end,
      lease = case when s.status in ('succeeded', 'failed', 'cancelled') then s.lease + 1 else s.lease end
    where s.status in ('running', 'succeeded', 'failed', 'cancelled')
    returning s.id, s.run_id, s.status, s.is_dirty
  ),
  -- What had ended counts as not done again. The rows are seen here as they were before.
  counted as (
    insert into steward_private.batch_progress as p (run_id, name, backend, total, done, failed, reached)
    select q.run_id, request_steps.name, pg_backend_pid(),
      count(*) filter (where o.id is null),
      -count(*) filter (where o.status = 'succeeded'),
      -count(*) filter (where o.status in ('failed', 'cancelled')),
      coalesce(max(b.reached), 0)
    from requested q
    left join steward.steps o on o.id = q.id and o.id = any (array(select q.id from requested q))
    left join steward_private.reached_percent(array(select distinct q.run_id from requested q)) b on b.run_id = q.run_id
    where not q.is_dirty
    group by q.run_id
    on conflict (run_id, name, backend) do update
    set
      total = p.total + excluded.total,
      done = p.done + excluded.done,
      failed = p.failed + excluded.failed,
      reached = greatest(p.reached, excluded.reached)
  )
  select array_agg(q.id) filter (where q.status in ('queued', 'waiting')), array_agg(q.id) filter (where q.status = 'queued')
  into v_idle_ids, v_ready_ids
  from requested q;

  if exists (select from steward.lifecycle_steps d where d.name = request_steps.name and d.lane_by is not null) then
    perform steward_private.choose_lanes(v_idle_ids);
  end if;
  perform steward_private.enqueue_steps(v_ready_ids);
end
$$;

comment on function steward.request_steps(uuid[], text, text[]) is
  'Asks for one batch step for each pair of run and item (arrays of one length): added where missing, run again where it had ended, and once more after the present attempt where it is running. Runs that have ended are left: find an open one first. Raises ST422 where a run''s lifecycle has no such batch. For triggers.';
