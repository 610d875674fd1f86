-- What a DBA looks at first. Views only: locks nothing.

create view ops.workers as
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
from app_private.workers w;
comment on view ops.workers is 'Worker processes at work. One that is gone disappears within seconds, its steps go on elsewhere.';
comment on column ops.workers.id is 'Identifies the worker.';
comment on column ops.workers.host is 'The machine.';
comment on column ops.workers.pid is 'The process.';
comment on column ops.workers.started_at is 'When it came.';
comment on column ops.workers.age is 'For how long it has been there.';
comment on column ops.workers.pool_id is 'graphile-worker''s name for it (locked_by of its jobs).';
comment on column ops.workers.uses_lock is 'False behind a transaction pooler: then it is noticed by its silence, not by its lock.';
comment on column ops.workers.steps is 'Steps it holds.';
comment on column ops.workers.jobs is 'Jobs it has locked.';

create view ops.jobs as
select
  j.id as job_id,
  j.task_identifier as task,
  case
    when j.locked_at is not null then 'running'
    when j.attempts >= j.max_attempts then 'dead'
    when j.run_at > now() then 'scheduled'
    when s.id is not null and not exists (
      select from app_private.workers w where coalesce(j.task_identifier = any (w.tasks), true)
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
left join app_public.steps s on s.id = case when j.key ~ '^step:[0-9]+$' then substr(j.key, 6)::bigint end
left join app_private.workers w on w.pool_id = j.locked_by;
comment on view ops.jobs is
  'graphile-worker''s queue, with the step each job is for. A backlog is not in here: it waits as steps (ops.backlog), which workers claim by themselves.';
comment on column ops.jobs.job_id is 'Identifies the job.';
comment on column ops.jobs.task is 'The task: a file in tasks/.';
comment on column ops.jobs.state is 'ready, no worker (none has the task: it waits for one), scheduled (for run_at), running, or dead: given up by graphile-worker, its step gets another job.';
comment on column ops.jobs.attempts is 'Attempts of the step; of the job where it is for no step.';
comment on column ops.jobs.priority is 'Smaller goes first.';
comment on column ops.jobs.age is 'Since it was added.';
comment on column ops.jobs.run_at is 'Not before.';
comment on column ops.jobs.worker_id is 'The worker that has it.';
comment on column ops.jobs.run_id is 'Its run.';
comment on column ops.jobs.step_id is 'Its step.';
comment on column ops.jobs.step is 'The step''s name.';
comment on column ops.jobs.item is 'In a batch: what the step is for.';
comment on column ops.jobs.step_status is 'Where the step stands.';
comment on column ops.jobs.error is 'Why the last attempt did not succeed.';

create view ops.backlog as
select
  l.name as lane,
  count(s.id) as steps,
  count(s.id) filter (where s.ready_at <= now()) as ready,
  now() - min(s.ready_at) as oldest,
  array(
    select distinct m.task from app_public.steps m
    where m.is_backlog and m.lane = l.name
      and not exists (select from app_private.workers w where coalesce(m.task = any (w.tasks), true))
    order by m.task
  ) as lacking,
  l.open_until,
  l.error_code,
  l.error_message
from app_private.lanes l
left join app_public.steps s on s.lane = l.name and s.is_backlog
group by l.name;
comment on view ops.backlog is 'What waits in each lane beside the queue, and whether the lane''s provider is in trouble.';
comment on column ops.backlog.lane is 'database, drive or cloud.';
comment on column ops.backlog.steps is 'Steps that wait.';
comment on column ops.backlog.ready is 'Of these, those that may begin.';
comment on column ops.backlog.oldest is 'How long the first of them has waited.';
comment on column ops.backlog.lacking is 'Tasks of steps that wait and that no worker has: these wait for a worker that does, without using up attempts.';
comment on column ops.backlog.open_until is 'The provider is in trouble: nothing begins before then.';
comment on column ops.backlog.error_code is 'What the trouble is, a code of docs/errors.md.';
comment on column ops.backlog.error_message is 'What the trouble is, a sentence.';

create view ops.violations as
select 'P2: several open runs' as violation, r.kind as kind, r.subject_id as subject_id, min(r.id::text)::uuid as run_id, null::bigint as step_id
from app_public.runs r
where r.status in ('pending', 'running', 'suspended')
group by r.kind, r.subject_id
having count(*) > 1
union all
select 'P6: a run that ended has a step that did not', r.kind, r.subject_id, r.id, s.id
from app_public.steps s join app_public.runs r on r.id = s.run_id
where s.status in ('waiting', 'queued', 'running', 'retrying') and r.status in ('succeeded', 'failed', 'cancelled')
union all
select 'P6: an open run has nothing left to do', r.kind, r.subject_id, r.id, null
from app_public.runs r
where r.status in ('pending', 'running')
  and r.created_at < now() - interval '15 seconds'
  and not exists (
    select from app_public.steps s
    where s.run_id = r.id and (
      s.status in ('waiting', 'queued', 'running', 'retrying') or s.finished_at > now() - interval '15 seconds'
    )
  )
union all
select 'P6: a run succeeded without all its steps', r.kind, r.subject_id, r.id, s.id
from app_public.runs r join app_public.steps s on s.run_id = r.id
where r.status = 'succeeded' and s.status <> 'succeeded'
union all
select 'P6: a step without a run', null, null, s.run_id, s.id
from app_public.steps s
where not exists (select from app_public.runs r where r.id = s.run_id)
union all
select 'P6: an ended run miscounts its steps', r.kind, r.subject_id, r.id, null
from app_public.runs r
where r.status in ('succeeded', 'failed', 'cancelled')
  and (
    r.done + r.failed <> r.total and r.status <> 'cancelled'
    or exists (select from app_private.batch_progress p where p.run_id = r.id)
  )
union all
select 'P4: a step is in the hands of a worker that is gone', r.kind, r.subject_id, r.id, s.id
from app_public.steps s join app_public.runs r on r.id = s.run_id
where s.worker_id is not null
  and s.status = 'running'
  and not exists (select from app_private.workers w where w.id = s.worker_id)
  and s.expires_at < now() - interval '5 seconds' -- a moment is granted: a rescue is due within 5 s
union all
select 'P5: an attempt is past its timeout', r.kind, r.subject_id, r.id, s.id
from app_public.steps s join app_public.runs r on r.id = s.run_id
where s.status = 'running' and s.expires_at < now() - interval '10 seconds'
union all
select 'P4: a step that is due has no job that would begin it soon', r.kind, r.subject_id, r.id, s.id
from app_public.steps s join app_public.runs r on r.id = s.run_id
where s.status in ('queued', 'retrying')
  and not s.is_backlog
  and s.worker_id is null
  and s.ready_at < now() - interval '30 seconds'
  and r.status in ('pending', 'running')
  and not exists (
    select from graphile_worker.jobs j
    where j.key = 'step:' || s.id
      and (j.locked_at is not null or j.attempts < j.max_attempts and j.run_at < now() + interval '30 seconds')
  )
union all
select 'P6: a project''s status is not that of its provisioning', r.kind, r.subject_id, r.id, null
from app_public.projects p
join lateral (
  select * from app_public.runs r
  where r.project_id = p.id and r.kind = 'project_provisioning'
  order by r.created_at desc
  limit 1
) r on true
where p.status <> 'suspended'
  and p.status <> case r.status when 'succeeded' then 'active' when 'failed' then 'failed' when 'cancelled' then 'failed' else 'provisioning' end::app_public.project_status
union all
select 'P2: a user has no credits or no type', 'user_signup', r.subject_id, r.id, null
from app_public.runs r join app_public.users u on u.id = r.subject_id
where r.kind = 'user_signup'
  and (
    not exists (select from app_public.user_credits c where c.user_id = u.id)
    or not exists (select from app_public.user_type_assignments t where t.user_id = u.id)
  );
comment on view ops.violations is 'Whatever breaks a promise. Empty, always; a row is a bug to report, and says where to look.';
comment on column ops.violations.violation is 'The promise, and how it is broken.';
comment on column ops.violations.kind is 'The lifecycle.';
comment on column ops.violations.subject_id is 'The user or project.';
comment on column ops.violations.run_id is 'The run.';
comment on column ops.violations.step_id is 'The step, where it is about one.';
