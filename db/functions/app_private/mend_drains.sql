create or replace function app_private.mend_drains()
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not pg_try_advisory_xact_lock(app_private.lock_class('mend'), 0) then
    return;
  end if;

  -- One drain too many does no harm.
  perform app_private.wake_drains(array(
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
  ));
end
$$;

comment on function app_private.mend_drains() is
  'Calls for a drain where a backlog has been due for a while without one. For every worker, each few seconds.';
