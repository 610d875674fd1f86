-- steward.jobs finds the jobs of a run or step by key, and steward.failures reads a fifth of what it read. Replaces a view and a function:
-- the view is locked for a moment.

create or replace view steward.jobs as
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
-- Said twice, for each way has an index of its own: from a job to its step, and from a step to its job.
left join steward.steps s on s.id = case when j.key ~ '^step:[0-9]+$' then substr(j.key, 6)::bigint end and j.key = 'step:' || s.id
left join steward_private.workers w on w.pool_id = j.locked_by;

create or replace function steward_private.find_failures()
returns table (code text, runs bigint, retrying bigint, first_seen timestamptz, last_seen timestamptz, example_run uuid, example text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
  with seen as (
    (
      select r.error_code, true as has_failed, r.finished_at as at, r.id, r.error_message
      from steward.runs r
      where r.status in ('failed', 'cancelled') and r.status::text = 'failed' and r.finished_at > now() - interval '7 days'
      order by r.finished_at desc
      limit 2000
    )
    union all
    select s.error_code, false, s.begun_at, s.run_id, s.error_message
    from (
      (select b.* from steward.steps b where b.is_backlog limit 2000)
      union all
      (select d.* from steward.steps d where d.status in ('queued', 'retrying') and not d.is_backlog order by d.ready_at desc limit 2000)
    ) s
    where s.status::text = 'retrying'
  )
  select
    s.error_code, count(*) filter (where s.has_failed), count(*) filter (where not s.has_failed), min(s.at), max(s.at),
    (array_agg(s.id order by s.at desc nulls last))[1], (array_agg(s.error_message order by s.at desc nulls last))[1]
  from seen s
  where s.error_code is not null
  group by s.error_code
$$;

comment on view steward.failures is 'Why runs failed within the last seven days (the last 2,000 of them), and why steps are being tried again now, by code.';
