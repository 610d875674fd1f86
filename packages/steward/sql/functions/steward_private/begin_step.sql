create or replace function steward_private.begin_step(queued_id bigint, worker_id integer)
returns table (
  step_id bigint, lease integer, run_id uuid, kind text, name text, item text, task text, lane text,
  subject_table text, subject_id text, scope_id text, input jsonb, attempt smallint, timeout_ms integer
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '100ms' -- whoever waits here takes up a place of the worker
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_lane text;
  v_run_id uuid;
  v_is_able boolean;
  v_free integer;
begin
  -- Where there is nothing to begin, no probe of an open circuit is used up for it.
  select s.lane, s.run_id, coalesce(s.task = any (w.tasks), true) into v_lane, v_run_id, v_is_able
  from steward.steps s
  left join steward_private.workers w on w.id = begin_step.worker_id
  where s.id = begin_step.queued_id
    and s.status in ('queued', 'retrying')
    and s.ready_at <= clock_timestamp()
    and s.worker_id is null;
  if not found then
    return;
  end if;
  if not v_is_able then
    -- The job is of before its definition named another task: one of that task goes to a worker that has it.
    perform steward_private.enqueue_steps(array[begin_step.queued_id]);
    return;
  end if;
  v_free := steward_private.enter_lane(v_lane, begin_step.worker_id);

  if v_free = 0 then
    -- The provider is in trouble: wait in the backlog, say why, and use up no attempt. Each with a job of its own, all that wait
    -- would ask every second. A run that is being suspended holds its steps by itself.
    perform from steward.runs r where r.id = v_run_id and r.status::text in ('pending', 'running') for share;
    if found then
      update steward.steps s
      set
        status = 'retrying',
        ready_at = greatest(l.open_until, clock_timestamp()),
        is_backlog = true,
        error_code = l.error_code,
        error_message = l.error_message
      from steward.lanes l
      where s.id = begin_step.queued_id
        and l.name = s.lane
        and s.status in ('queued', 'retrying')
        and s.ready_at <= clock_timestamp();
    end if;
    return;
  end if;

  return query select * from steward_private.begin_steps(array[begin_step.queued_id], begin_step.worker_id);
  if v_free = 1 then
    perform steward_private.note_probe(v_lane, case when found then begin_step.queued_id end);
  end if;
end
$$;

comment on function steward_private.begin_step(bigint, integer) is
  'Begins one step, unless its lane''s circuit is open: then the step waits as retrying in the backlog, with the reason. Returns no row when there is nothing to do. For workers.';
