create or replace function steward_private.mend_jobs()
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
declare
  c_most constant integer := 10000;
  v_tasks text[];
  v_orphans text[];
  v_pool_ids text[];
begin
  if not steward_private.take_turn('mend') then
    return;
  end if;
  v_tasks := array(select d.task from steward.lifecycle_steps d union select unnest(w.tasks) from steward_private.workers w);

  -- Jobs in whose place others were put, once nobody holds them any more.
  perform graphile_worker.complete_jobs(array(
    select j.id from graphile_worker.jobs j
    where j.key is null and j.attempts >= j.max_attempts and j.locked_at is null
      and j.task_identifier = any (v_tasks)
  ));

  -- Jobs of steps that ended before any worker had their task: nobody would ever take them, and they would count as waiting.
  v_orphans := array(
    select t.identifier from graphile_worker._private_tasks t
    except
    select unnest(w.tasks) from steward_private.workers w
  );
  if v_orphans <> '{}' then
    perform graphile_worker.complete_jobs(array(
      select j.id
      from (
        select j.id, substr(j.key, 6)::bigint as step_id
        from graphile_worker.jobs j
        where j.key ~ '^step:[0-9]{1,18}$' and j.locked_at is null and j.task_identifier = any (v_orphans)
        limit c_most
      ) j
      where not exists (
        select from steward.steps s where s.id = j.step_id and s.status::text in ('waiting', 'queued', 'running', 'retrying') offset 0
      )
    ));
  end if;

  -- Jobs that a worker took while nobody knew it, for its session had broken, and before it was known again it died.
  v_pool_ids := array(
    select distinct j.locked_by from graphile_worker.jobs j
    where j.locked_at < now() - interval '10 seconds'
      and j.task_identifier = any (v_tasks)
      and not exists (select from steward_private.workers w where w.pool_id = j.locked_by offset 0)
  );
  if v_pool_ids <> '{}' then
    begin
      perform graphile_worker.force_unlock_workers(v_pool_ids);
    exception
      when lock_not_available then null; -- somebody is replacing one of the jobs: the next time, then
    end;
  end if;
end
$$;

comment on function steward_private.mend_jobs() is
  'Unlocks the jobs of workers nobody knows, and removes those that others have replaced, or whose steps ended before any worker had their task. For every worker, each few seconds.';
