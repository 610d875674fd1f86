-- What a DBA looks at first. Views only: locks nothing.

create view steward.jobs as
select
  j.id as job_id,
  j.task_identifier as task,
  case
    when j.locked_at is not null then 'running'
    when j.attempts >= j.max_attempts then 'dead'
    when j.run_at > now() then 'scheduled'
    when s.id is not null and not exists (
      select from steward_private.workers w where coalesce(j.task_identifier = any (w.tasks), true)
    ) then 'no worker'
    else 'ready'
  end as state,
  coalesce(s.attempts, j.attempts) as attempts,
  j.priority,
  now() - j.created_at as age,
  j.run_at,
  w.id as worker_id,
  s.run_id,
  s.id as step_id,
  s.name as step,
  s.item,
  s.status as step_status,
  coalesce(s.error_message, j.last_error) as error
from graphile_worker.jobs j
left join steward.steps s on s.id = case when j.key ~ '^step:[0-9]+$' then substr(j.key, 6)::bigint end
left join steward_private.workers w on w.pool_id = j.locked_by;
comment on view steward.jobs is
  'graphile-worker''s queue, with the step each job is for. A backlog is not in here: it waits as steps (steward.backlog), which workers claim by themselves.';
comment on column steward.jobs.job_id is 'Identifies the job.';
comment on column steward.jobs.task is 'The task: a file in tasks/.';
comment on column steward.jobs.state is 'ready, no worker (none has the task: it waits for one), scheduled (for run_at), running, or dead: given up by graphile-worker, its step gets another job.';
comment on column steward.jobs.attempts is 'Attempts of the step; of the job where it is for no step.';
comment on column steward.jobs.priority is 'Smaller goes first.';
comment on column steward.jobs.age is 'Since it was added.';
comment on column steward.jobs.run_at is 'Not before.';
comment on column steward.jobs.worker_id is 'The worker that has it.';
comment on column steward.jobs.run_id is 'Its run.';
comment on column steward.jobs.step_id is 'Its step.';
comment on column steward.jobs.step is 'The step''s name.';
comment on column steward.jobs.item is 'In a batch: what the step is for.';
comment on column steward.jobs.step_status is 'Where the step stands.';
comment on column steward.jobs.error is 'Why the last attempt did not succeed.';

-- What the two views below have in common.
create view steward_private.engine_violations as
select 'P2: several open runs' as violation, r.kind as kind, r.subject_id as subject_id, min(r.id::text)::uuid as run_id, null::bigint as step_id, now() as at
from steward.runs r
where r.status in ('pending', 'running', 'suspended')
group by r.kind, r.subject_table, r.subject_id
having count(*) > 1
union all
select 'P1: rows were written whose runs could not be started', m.kind, m.subject_ids[1], null, null, now()
from steward.missed_starts m
where m.missed_at < now() - interval '1 minute'
union all
select 'P6: a run that ended has a step that did not', r.kind, r.subject_id, r.id, s.id, now()
from (
  select * from steward.steps where is_backlog
  union all
  select * from steward.steps where worker_id is not null and status = 'running'
  union all
  select * from steward.steps where status in ('queued', 'retrying') and not is_backlog
) s
join steward.runs r on r.id = s.run_id
where r.status::text in ('succeeded', 'failed', 'cancelled')
union all
select 'P6: a run that ended has a step that did not', r.kind, r.subject_id, r.id, s.id, r.finished_at
from steward.runs r join steward.steps s on s.run_id = r.id
where r.status in ('succeeded', 'failed', 'cancelled') and (s.status = 'waiting' or s.status = 'running' and s.worker_id is null)
union all
select 'P6: an open run has nothing left to do', r.kind, r.subject_id, r.id, null, now()
from steward.runs r
where r.status in ('pending', 'running')
  and r.created_at < now() - interval '15 seconds'
  and not exists (
    select from steward.steps s
    where s.run_id = r.id and (
      s.status in ('queued', 'running', 'retrying') or s.finished_at > now() - interval '15 seconds'
    )
    offset 0 -- looked up for each, not joined
  )
union all
select 'P6: a run succeeded without all its steps', r.kind, r.subject_id, r.id, s.id, r.finished_at
from steward.runs r join steward.steps s on s.run_id = r.id
where r.status = 'succeeded' and s.status <> 'succeeded'
union all
select 'P6: a step without a run', null, null, s.run_id, s.id, now()
from (
  select * from steward.steps where is_backlog
  union all
  select * from steward.steps where worker_id is not null and not is_backlog
  union all
  select * from steward.steps where status in ('queued', 'retrying') and not is_backlog and worker_id is null
) s
where not exists (select from steward.runs r where r.id = s.run_id offset 0)
union all
select 'P6: a step without a run', null, null, s.run_id, s.id, '-infinity'
from steward.steps s
where not s.is_backlog and s.worker_id is null and s.status not in ('queued', 'retrying')
  and not exists (select from steward.runs r where r.id = s.run_id)
union all
select 'P6: an ended run miscounts its steps', r.kind, r.subject_id, r.id, null, r.finished_at
from steward.runs r
where r.status in ('succeeded', 'failed', 'cancelled')
  and (
    r.done + r.failed <> r.total and r.status <> 'cancelled'
    or r.failed <> 0 and r.status = 'succeeded'
    or exists (select from steward_private.batch_progress p where p.run_id = r.id)
  )
union all
select 'P4: a step is in the hands of a worker that is gone', r.kind, r.subject_id, r.id, s.id, now()
from steward.steps s join steward.runs r on r.id = s.run_id
where s.worker_id is not null
  and s.status = 'running'
  and not exists (select from steward_private.workers w where w.id = s.worker_id)
  and s.expires_at < now() - interval '5 seconds' -- a moment is granted: a rescue is due within 5 s
union all
select 'P5: an attempt is past its timeout', r.kind, r.subject_id, r.id, s.id, now()
from steward.steps s join steward.runs r on r.id = s.run_id
where s.worker_id is not null and s.status = 'running' and s.expires_at < now() - interval '10 seconds'
union all
select 'P4: a step that is due has no job that would begin it soon', r.kind, r.subject_id, r.id, s.id, now()
from steward.steps s join steward.runs r on r.id = s.run_id
where s.status in ('queued', 'retrying')
  and not s.is_backlog
  and s.worker_id is null
  and s.ready_at < now() - interval '30 seconds'
  and r.status::text in ('pending', 'running')
  and not exists (
    select from graphile_worker.jobs j
    where j.key = 'step:' || s.id
      and (j.locked_at is not null or j.attempts < j.max_attempts and j.run_at < now() + interval '30 seconds')
    offset 0
  )
union all
select format('P1: %s of %I.%I is not followed, for its trigger is missing or off', e.event, n.nspname, c.relname), e.kind, null, null, null, now()
from steward.attachments a
join pg_catalog.pg_class c on c.oid = a.table_id
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
cross join lateral (
  values ('insert', a.on_insert), ('update', a.on_update), ('delete', a.on_delete), ('truncate', a.on_delete)
) e (event, kind)
where e.kind is not null
  and not exists (
    select from pg_catalog.pg_trigger t
    where t.tgrelid = a.table_id and t.tgname = '_900_steward_' || e.event and t.tgenabled in ('O', 'A')
  )
union all
select format('P1: the attached table %s (%s) is gone', a.table_name, a.table_id::oid), coalesce(a.on_insert, a.on_update, a.on_delete), null, null, null, now()
from steward.attachments a
where not exists (select from pg_catalog.pg_class c where c.oid = a.table_id)
union all
select
  format('P1: the primary key of %I.%I is not (%s) any more, as when it was attached', n.nspname, c.relname, array_to_string(a.key_columns, ', ')),
  coalesce(a.on_insert, a.on_update, a.on_delete), null, null, null, now()
from steward.attachments a
join pg_catalog.pg_class c on c.oid = a.table_id
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where a.key_columns <> array(
  select k.attname::text
  from pg_catalog.pg_index i
  cross join lateral unnest(i.indkey::smallint[]) with ordinality as o (attnum, position)
  join pg_catalog.pg_attribute k on k.attrelid = i.indrelid and k.attnum = o.attnum
  where i.indrelid = a.table_id and i.indisprimary
  order by o.position
);
comment on view steward_private.engine_violations is
  'What breaks a promise of the engine, in all that is and ever was. For the views steward.violations and steward.all_violations.';
comment on column steward_private.engine_violations.violation is 'The promise, and how it is broken.';
comment on column steward_private.engine_violations.kind is 'The lifecycle.';
comment on column steward_private.engine_violations.subject_id is 'The key of the row that the run is about.';
comment on column steward_private.engine_violations.run_id is 'The run.';
comment on column steward_private.engine_violations.step_id is 'The step, where it is about one.';
comment on column steward_private.engine_violations.at is 'When the run ended; now where it is about what is open; -infinity where nobody can say.';

-- For the views below, which need it to be there.
create function steward_private.application_violations(since timestamptz)
returns table (violation text, kind text, subject_id text, run_id uuid, step_id bigint)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_check text;
begin
  for v_check in select c.function_name from steward.checks c order by c.function_name loop
    return query execute format('select * from %s($1)', v_check) using application_violations.since;
  end loop;
end
$$;

comment on function steward_private.application_violations(timestamptz) is
  'What the functions of steward.checks find in rows made since then. For the views steward.violations and steward.all_violations.';

create view steward.violations as
select v.violation, v.kind, v.subject_id, v.run_id, v.step_id
from steward_private.engine_violations v
where v.at > now() - interval '15 minutes'
union all
select * from steward_private.application_violations(now() - interval '1 day');
comment on view steward.violations is
  'Whatever breaks a promise, in runs that are open or ended within the last quarter of an hour and in the application''s rows of the last day. Empty, always; a row is a bug to report, and says where to look. steward.all_violations goes through everything.';
comment on column steward.violations.violation is 'The promise, and how it is broken.';
comment on column steward.violations.kind is 'The lifecycle.';
comment on column steward.violations.subject_id is 'The key of the row that the run is about.';
comment on column steward.violations.run_id is 'The run.';
comment on column steward.violations.step_id is 'The step, where it is about one.';

create view steward.all_violations as
select v.violation, v.kind, v.subject_id, v.run_id, v.step_id
from steward_private.engine_violations v
union all
select * from steward_private.application_violations('-infinity');
comment on view steward.all_violations is
  'Whatever breaks a promise, in all that is and ever was. Reads every run, step and row there is: steward.violations is for looking often.';
comment on column steward.all_violations.violation is 'The promise, and how it is broken.';
comment on column steward.all_violations.kind is 'The lifecycle.';
comment on column steward.all_violations.subject_id is 'The key of the row that the run is about.';
comment on column steward.all_violations.run_id is 'The run.';
comment on column steward.all_violations.step_id is 'The step, where it is about one.';

create view steward.home as
select
  h.system_identifier = c.system_identifier and h.database_oid = d.oid and h.database_name = d.datname as is_home,
  h.database_name as home_database,
  d.datname as present_database,
  h.database_oid as home_oid,
  d.oid as present_oid,
  h.system_identifier as home_system,
  c.system_identifier as present_system,
  h.instance,
  (
    select count(*) from steward_private.workers w where w.instance is distinct from h.instance
  ) as strange_workers,
  h.adopted_at,
  h.adopted_by
from steward_private.home h
cross join pg_catalog.pg_control_system() c
join pg_catalog.pg_database d on d.datname = current_database();
comment on view steward.home is
  'Whether this database is where it is at home. If not, or for workers of another instance, steps in lanes that lie outside wait until steward adopt. Empty before the first worker.';
comment on column steward.home.is_home is 'False: this is a copy, restored, renamed or upgraded by pg_upgrade.';
comment on column steward.home.home_database is 'Its name at home.';
comment on column steward.home.present_database is 'Its name now.';
comment on column steward.home.home_oid is 'Its oid at home.';
comment on column steward.home.present_oid is 'Its oid now.';
comment on column steward.home.home_system is 'The server''s system identifier at home.';
comment on column steward.home.present_system is 'The server''s system identifier now.';
comment on column steward.home.instance is 'STEWARD_INSTANCE of the workers at home.';
comment on column steward.home.strange_workers is 'Workers whose STEWARD_INSTANCE is another: they take no steps outside.';
comment on column steward.home.adopted_at is 'Since when home is home.';
comment on column steward.home.adopted_by is 'The role that made it so.';
