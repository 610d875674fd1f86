create or replace function app_private.mend_drains()
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
as $$
declare
  v_lanes text[];
  v_put_off jsonb;
begin
  if not pg_try_advisory_xact_lock(app_private.lock_class('mend'), 0) then
    return;
  end if;

  v_lanes := array(
    select l.name
    from app_private.lanes l
    where (l.open_until is null or l.open_until < now() - interval '10 seconds')
      and exists (
        select from app_public.steps s
        where s.is_backlog and s.lane = l.name and s.ready_at < now() - interval '10 seconds' and s.worker_id is null
      )
      and not exists (
        select from graphile_worker.jobs j
        where (j.key = 'drain:' || l.name or starts_with(j.key, 'drain:' || l.name || ':'))
          and case
            when j.locked_at is null then j.attempts < j.max_attempts and j.run_at <= now()
            else j.locked_at > now() - interval '10 seconds'
          end
      )
  );

  -- A drain that graphile-worker has put off because it failed is tried again; only where there is none, one more is called for,
  -- which does no harm.
  select jsonb_object_agg(l.name, j.id) into v_put_off
  from unnest(v_lanes) as l (name)
  cross join lateral (
    select j.id from graphile_worker.jobs j
    where (j.key = 'drain:' || l.name or starts_with(j.key, 'drain:' || l.name || ':'))
      and j.locked_at is null and j.attempts < j.max_attempts
    limit 1
  ) j;
  perform graphile_worker.reschedule_jobs(
    array(select p.value::bigint from jsonb_each_text(v_put_off) p), run_at => now(), attempts => 0
  );
  perform app_private.wake_drains(array(
    select l.name from unnest(v_lanes) as l (name) where not coalesce(v_put_off ? l.name, false)
  ));
end
$$;

comment on function app_private.mend_drains() is
  'Calls for a drain where a backlog has been due for a while without one, and makes due one that was put off. For every worker, each few seconds.';
