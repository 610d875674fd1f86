create or replace function steward_private.begin_steps(step_ids bigint[], worker_id integer)
returns table (
  step_id bigint, lease integer, run_id uuid, kind text, name text, item text, task text, lane text,
  subject_table text, subject_id text, scope_id text, input jsonb, attempt smallint, timeout_ms integer
)
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
  v_tasks text[] := (select w.tasks from steward_private.workers w where w.id = begin_steps.worker_id);
  v_paused_tasks text[];
  v_paused_lanes text[];
  v_paused_kinds text[];
begin
  -- Its steps would be taken out of its hands again, while it might be at work on them. Null: a login, in one transaction.
  if begin_steps.worker_id is not null and not exists (
    select from steward_private.workers w
    where w.id = begin_steps.worker_id
      and case
        when w.uses_lock then not pg_try_advisory_xact_lock_shared(steward_private.lock_class('workers'), w.id)
        else w.seen_at > clock_timestamp() - interval '5 seconds'
      end
  ) then
    raise exception using
      errcode = 'ST404',
      message = 'This worker was taken for gone; its steps are with others now.',
      hint = 'Join again under a new id.';
  end if;

  select
    coalesce(array_agg(p.name) filter (where p.what = 'task'), '{}'),
    coalesce(array_agg(p.name) filter (where p.what = 'lane'), '{}'),
    coalesce(array_agg(p.name) filter (where p.what = 'lifecycle'), '{}')
  into v_paused_tasks, v_paused_lanes, v_paused_kinds
  from steward.pauses p;

  return query
  with candidate as (
    select s.id, s.run_id, s.name
    from steward.steps s
    where s.id = any (begin_steps.step_ids)
      and s.status in ('queued', 'retrying')
      and s.ready_at <= clock_timestamp()
      and s.worker_id is null
      and coalesce(s.task = any (v_tasks), true)
      and s.task <> all (v_paused_tasks) and s.lane <> all (v_paused_lanes)
      and exists (
        select from steward.runs r
        where r.id = s.run_id and r.status::text in ('pending', 'running') and r.kind <> all (v_paused_kinds)
        offset 0
      )
    order by s.id
    for no key update skip locked
  ),
  begun as (
    update steward.steps s
    set
      status = 'running',
      lease = s.lease + 1,
      attempts = s.attempts + 1,
      worker_id = begin_steps.worker_id,
      begun_by = begin_steps.worker_id,
      begun_at = clock_timestamp(),
      expires_at = clock_timestamp() + coalesce(d.timeout, interval '300 seconds'), -- its definition may be gone
      started_at = coalesce(s.started_at, clock_timestamp()),
      is_backlog = false,
      is_dirty = false
    from candidate c
    join steward.runs r on r.id = c.run_id and r.id = any (array(select b.run_id from candidate b))
    left join steward.lifecycle_steps d on d.kind = r.kind and d.name = c.name
    where s.id = c.id and s.id = any (array(select b.id from candidate b))
    returning s.id, s.lease, s.run_id, r.kind, s.name, s.item, s.task, s.lane, r.subject_table, r.subject_id, r.scope_id, r.input, s.attempts,
      coalesce(d.timeout, interval '300 seconds') as timeout, r.status as run_status
  ),
  -- A run that somebody else is changing right now is left to them: waiting for it here could be a deadlock.
  startable as (
    select r.id from steward.runs r
    where r.id = any (array(select b.run_id from begun b where b.run_status = 'pending')) and r.status::text = 'pending'
    order by r.id
    for no key update skip locked
  ),
  started as (
    update steward.runs r
    set status = 'running', started_at = coalesce(r.started_at, clock_timestamp())
    where r.id = any (array(select b.id from startable b))
  )
  select b.id, b.lease, b.run_id, b.kind, b.name, b.item, b.task, b.lane, b.subject_table, b.subject_id, b.scope_id, b.input, b.attempts,
    (extract(epoch from b.timeout) * 1000)::integer
  from begun b;
end
$$;

comment on function steward_private.begin_steps(bigint[], integer) is
  'Begins those of the steps that may begin now: the worker holds their leases from here on. What is not returned was finished, held, paused, not due or begun by somebody else, or the worker lacks its task. Raises ST404 for a worker that is not known, or whose session has ended. For workers.';
