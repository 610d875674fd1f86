create or replace function steward.start_runs(
  kind text,
  subject_table text,
  subject_ids text[],
  owner_ids text[] default null,
  scope_ids text[] default null,
  inputs jsonb[] default null
)
returns uuid[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
set work_mem = '64MB' -- a bulk signup's runs and steps pass through it
as $$
#variable_conflict use_column
declare
  v_steps integer;
  v_lanes text[];
  v_is_bulk boolean;
  v_has_batches boolean;
  v_has_choice boolean;
  v_made record;
  v_spec graphile_worker.job_spec;
  v_job record;
begin
  select count(*) filter (where not d.is_batch), array_agg(distinct d.lane) filter (where d.after = '{}' and not d.is_batch),
    count(*) filter (where d.after = '{}' and not d.is_batch) * cardinality(start_runs.subject_ids) > steward_private.bulk_threshold(),
    bool_or(d.is_batch), bool_or(d.lane_by is not null and not d.is_batch)
  into v_steps, v_lanes, v_is_bulk, v_has_batches, v_has_choice
  from steward.lifecycle_steps d
  where d.kind = start_runs.kind
  having count(*) > 0;
  if not found then
    raise exception using
      errcode = 'ST422',
      message = format('There is no lifecycle %s that has steps.', coalesce(quote_literal(left(start_runs.kind, 63)), 'null')),
      hint = 'Define it with steward.define_lifecycle, or correct its name.';
  end if;

  with new_runs as (
    insert into steward.runs (kind, subject_table, subject_id, owner_id, scope_id, input, priority, total)
    select start_runs.kind, start_runs.subject_table, u.subject_id, u.owner_id, u.scope_id, u.input, case when v_is_bulk then 10 else 0 end, v_steps
    from unnest(start_runs.subject_ids, start_runs.owner_ids, start_runs.scope_ids, start_runs.inputs)
      as u (subject_id, owner_id, scope_id, input)
    on conflict (subject_id, kind, subject_table) where status in ('pending', 'running', 'suspended') do nothing
    returning id, priority
  ),
  new_steps as (
    insert into steward.steps (run_id, name, lane, task, after, status, priority, max_attempts, is_backlog)
    select r.id, d.name, d.lane, d.task, nullif(d.ancestors, '{}'),
      case when d.after = '{}' then 'queued' else 'waiting' end::steward.step_status,
      d.priority + r.priority, d.max_attempts, d.after = '{}' and (v_is_bulk or d.priority >= 10)
    from new_runs r
    cross join (
      select d.* from steward.lifecycle_steps d
      where d.kind = start_runs.kind and not d.is_batch
      order by d.position, cardinality(d.ancestors), d.name
    ) d
    returning id, status, task, priority, is_backlog
  )
  select
    array(select id from new_runs) as run_ids,
    case when v_has_choice then array(select id from new_steps) end as step_ids,
    -- As steward_private.enqueue_steps does it, without reading what was written just now.
    (
      select array_agg((s.task, json_build_object('step', s.id::text), null, null, null, 'step:' || s.id, s.priority, null)::graphile_worker.job_spec)
      from new_steps s
      where s.status = 'queued' and not s.is_backlog
    ) as jobs
  into v_made;

  -- A batch that something waits for may get no items: then steward_private.mend_batches goes on for it.
  if v_has_batches then
    insert into steward_private.batch_progress (run_id, name, backend)
    select r.id, b.name, pg_backend_pid()
    from unnest(v_made.run_ids) as r (id)
    cross join steward.lifecycle_steps b
    where b.kind = start_runs.kind and b.is_batch
      and (
        v_lanes is null
        or exists (select from steward.lifecycle_steps d where d.kind = b.kind and b.name = any (d.ancestors))
      );
  end if;

  if v_has_choice then
    v_lanes := v_lanes || steward_private.choose_lanes(v_made.step_ids);
  end if;
  if v_is_bulk then
    perform steward_private.wake_drains(v_lanes);
  elsif v_made.jobs is not null then
    -- Not add_jobs, which first looks for jobs that have their keys: a new step has none, and under a snapshot that somebody holds
    -- open Postgres may go through the whole queue for it (docs/decisions/held-snapshots.md).
    foreach v_spec in array v_made.jobs loop
      v_job := graphile_worker.add_job( -- an assignment costs less than a perform
        v_spec.identifier, v_spec.payload, job_key => v_spec.job_key, priority => v_spec.priority, job_key_mode => 'unsafe_dedupe'
      );
    end loop;
  end if;
  return v_made.run_ids;
end
$$;

comment on function steward.start_runs(text, text, text[], text[], text[], jsonb[]) is
  'Starts one run of a kind for each subject, with its steps and what makes them begin, in this transaction. Raises ST422 for an unknown kind. A subject whose run of that kind is still open keeps it. Returns the ids of the new runs. For the triggers that start lifecycles.';
