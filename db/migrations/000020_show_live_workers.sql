-- A worker that was killed while no other was there to notice left its row, and the view said that it was at work.
create or replace view ops.workers as
select
  w.id,
  w.host,
  w.pid,
  w.started_at,
  now() - w.started_at as age,
  w.pool_id,
  w.uses_lock,
  (select count(*) from app_public.steps s where s.worker_id = w.id) as steps,
  (select count(*) from graphile_worker.jobs j where j.locked_by = w.pool_id) as jobs
from app_private.workers w
where case
  when w.uses_lock then exists (
    select from pg_catalog.pg_locks l
    where l.locktype = 'advisory' and l.classid = 1398031447 and l.objid = w.id::oid and l.granted
      and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
  )
  else w.seen_at > now() - interval '5 seconds'
end;
comment on view ops.workers is 'Worker processes at work. One that is gone disappears at once, its steps go on elsewhere within seconds.';

comment on column app_public.users.id is 'Identifies the user; the sub of their tokens where that is a UUID.';
comment on column app_public.users.external_subject is 'The sub of the token that made them; null for who was inserted otherwise.';
comment on column app_private.lanes.name is 'database, purge, drive or cloud.';
comment on column app_public.steps.lane is 'What it runs against: database, purge, drive or cloud.';
comment on column ops.backlog.lane is 'database, purge, drive or cloud.';
