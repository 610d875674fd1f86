create or replace function app_private.wake_drains(lanes text[], run_at timestamptz default null)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- for add_jobs: docs/decisions/one-plan.md says why
set enable_nestloop = on
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  select graphile_worker.add_jobs(array_agg(
    (
      'drain', json_build_object('lane', l.name, 'is_call', wake_drains.run_at is null), null, wake_drains.run_at, null,
      -- A call has a key for each transaction: with one for all, whoever holds the job's row until their commit would hold up all others.
      'drain:' || l.name || case when wake_drains.run_at is null then ':' || pg_current_xact_id() else '' end, 10, null
    )::graphile_worker.job_spec
    order by l.name
  ))
  from unnest(wake_drains.lanes) as l (name)
$$;

comment on function app_private.wake_drains(text[], timestamptz) is
  'Enqueues one drain job for each lane, to begin at run_at; without it, a call for one, which is answered as soon as this transaction has committed. A drain that already runs is not disturbed. For the engine; workers give run_at.';
