create or replace function steward_private.retry_runs(run_ids uuid[])
returns uuid[]
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
  v_run_ids uuid[];
  v_ended_ids uuid[];
  v_open_ids uuid[];
  v_again_ids uuid[];
  v_due_run_ids uuid[];
  v_due_ids bigint[];
begin
  -- One of a kind for each subject: the open one, or the last.
  v_run_ids := array(
    select distinct on (r.kind, r.subject_table, r.subject_id) r.id from steward.runs r
    where r.id = any (retry_runs.run_ids)
    order by r.kind, r.subject_table, r.subject_id, r.status in ('pending', 'running', 'suspended') desc, r.created_at desc
  );
  perform steward_private.lock_subjects(v_run_ids);
  v_run_ids := steward_private.lock_runs(v_run_ids, '{failed,cancelled,pending,running}');
  with locked as (
    select r.id, r.status from steward.runs r
    where r.id = any (v_run_ids)
      and not exists (
        select from steward.runs o
        where o.kind = r.kind and o.subject_table = r.subject_table and o.subject_id = r.subject_id and o.status in ('pending', 'running', 'suspended') and o.id <> r.id
        offset 0
      )
  )
  select
    coalesce(array_agg(l.id) filter (where l.status in ('failed', 'cancelled')), '{}'),
    coalesce(array_agg(l.id) filter (where l.status in ('pending', 'running')), '{}')
  into v_ended_ids, v_open_ids
  from locked l;

  with again as (
    update steward.steps s
    set
      status = 'waiting',
      lease = s.lease + 1,
      attempts = 0,
      ready_at = now(),
      finished_at = null
    from (
      select e.id, true from unnest(v_ended_ids) as e (id) union all select o.id, false from unnest(v_open_ids) as o (id)
    ) k (run_id, has_ended)
    where s.run_id = any (v_ended_ids || v_open_ids) and s.run_id = k.run_id and s.status in ('failed', 'cancelled')
    returning s.run_id, s.name, s.item, k.has_ended
  ),
  batches as (
    -- A batch counts for itself while its run is open; a run that has ended has taken its figures over.
    insert into steward_private.batch_progress as p (run_id, name, backend, total, failed)
    select a.run_id, a.name, pg_backend_pid(), count(*) filter (where a.has_ended), -count(*) filter (where not a.has_ended)
    from again a
    where a.item is not null
    group by a.run_id, a.name
    on conflict (run_id, name, backend) do update
    set total = p.total + excluded.total, failed = p.failed + excluded.failed
  ),
  reopened as (
    update steward.runs r
    set
      status = case when a.has_ended then 'running' else r.status end::steward.run_status,
      finished_at = null,
      error_code = null,
      error_message = null,
      failed = r.failed - a.single_steps - case when a.has_ended then a.batch_steps else 0 end,
      total = r.total - case when a.has_ended then a.batch_steps else 0 end
    from (
      select run_id, has_ended, count(*) filter (where item is null) as single_steps, count(*) filter (where item is not null) as batch_steps
      from again
      group by run_id, has_ended
    ) a
    where r.id = any (v_ended_ids || v_open_ids) and r.id = a.run_id
    returning r.id
  )
  select coalesce(array_agg(o.id), '{}') into v_again_ids from reopened o;
  perform steward_private.advance_runs(v_again_ids);

  -- What waits for its next try in an open run is due now.
  with due as (
    update steward.steps s
    set ready_at = now()
    where s.run_id = any (v_open_ids) and s.status = 'retrying'
    returning s.id, s.run_id
  )
  select coalesce(array_agg(d.id), '{}'), coalesce(array_agg(distinct d.run_id), '{}') into v_due_ids, v_due_run_ids from due d;
  perform steward_private.enqueue_steps(v_due_ids);

  perform steward_private.tell_changes(v_again_ids, 'retried');
  return array(select distinct r.id from unnest(v_again_ids || v_due_run_ids) as r (id));
end
$$;

comment on function steward_private.retry_runs(uuid[]) is
  'Runs again what failed or was cancelled in those of the runs that have ended or are open, and makes due what waits for its next try. Of several runs of a kind for a subject only the open one or the last is. Returns the runs with something to do again. For the engine.';
