create or replace function app_private.begin_step(queued_id bigint, worker_id integer)
returns table (
  step_id bigint, lease integer, run_id uuid, kind text, name text, item text, task text, lane text,
  subject_id uuid, input jsonb, attempt smallint, timeout_ms integer
)
language plpgsql
volatile
security definer
set search_path = ''
set plan_cache_mode = force_generic_plan -- planning anew at each call would cost more than the work
as $$
#variable_conflict use_column
declare
  v_lane text;
  v_postponed_ids bigint[];
begin
  -- Where there is nothing to begin, no probe of an open circuit is used up for it.
  select s.lane into v_lane
  from app_public.steps s
  where s.id = begin_step.queued_id
    and s.status in ('queued', 'retrying')
    and s.ready_at <= clock_timestamp()
    and s.worker_id is null;
  if not found then
    return;
  end if;
  if app_private.enter_lane(v_lane) = 0 then
    -- The provider is in trouble: wait, say why, and use up no attempt.
    with postponed as (
      update app_public.steps s
      set
        status = 'retrying',
        ready_at = greatest(l.open_until, clock_timestamp() + interval '1 second') + random() * interval '1 second',
        error_code = l.error_code,
        error_message = l.error_message
      from app_private.lanes l
      where s.id = begin_step.queued_id
        and l.name = s.lane
        and s.status in ('queued', 'retrying')
        and s.ready_at <= clock_timestamp()
      returning s.id
    )
    select array_agg(p.id) into v_postponed_ids from postponed p;
    perform app_private.enqueue_steps(v_postponed_ids);
    return;
  end if;
  return query select * from app_private.begin_steps(array[begin_step.queued_id], begin_step.worker_id);
end
$$;

comment on function app_private.begin_step(bigint, integer) is
  'Begins one step, unless its lane''s circuit is open: then the step waits as retrying, with the reason. Returns no row when there is nothing to do. For workers.';
