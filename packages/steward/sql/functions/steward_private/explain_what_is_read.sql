create or replace function steward_private.explain_what_is_read(run uuid, out code text, out who text, out explanation text)
returns record
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_run steward.runs;
  v_step steward.steps;
  v_counts text;
  v_steering steward.audit;
  v_no_room text;
  v_no_standby text;
begin
  select * into v_run from steward.runs r where r.id = explain_what_is_read.run;
  if not found then
    code := 'no_such_run';
    who := 'nobody';
    explanation := 'There is no such run. Finished runs are removed after a while; an insert whose transaction was rolled back never made one.';
    return;
  end if;
  select a.* into v_steering
  from steward.audit a
  where a.run_ids @> array[v_run.id]
  order by a.id desc
  limit 1;

  if v_run.status in ('succeeded', 'failed', 'cancelled') then
    select e.code, e.who, e.explanation into code, who, explanation from steward_private.explain_end(v_run, v_steering) e;
    -- Asked of the run as it is now: somebody may have retried it meanwhile.
    if exists (
      select from steward.runs r join steward.steps s on s.run_id = r.id
      where r.id = v_run.id and r.status = v_run.status and s.run_id = v_run.id and s.status in ('queued', 'running', 'retrying', 'waiting')
    ) then
      code := 'edited';
      who := 'operator';
      explanation := format('The run says that it is %s, but some of its steps have not ended: somebody has edited its rows by hand. steward.violations lists them; set the status of the run back to running, then steward.cancel or steward.retry.', v_run.status);
    end if;
    explanation := explanation || steward_private.unfollowed(v_run.subject_table);
    return;
  end if;
  if pg_is_in_recovery() then
    code := 'read_only';
    who := 'operator';
    explanation := 'This Postgres is a standby, which only reads: workers cannot work here, and which of them are alive can be told at the primary alone. If there is none, promote one (pg_promote); if there is, point DATABASE_URL of workers and servers at it.';
    return;
  end if;
  if v_run.status = 'suspended' then
    code := 'suspended';
    who := 'operator';
    explanation := format('The run is suspended: its steps are held. %s It goes on with steward.resume(run => %L).',
      coalesce(
        case when v_steering.action = 'suspend' then steward_private.told(v_steering) end,
        'Nobody did so through steward.suspend: the application did, or somebody who called its functions.'
      ), v_run.id);
    if v_steering.action is distinct from 'suspend' then
      who := 'developer';
      explanation := replace(explanation, 'It goes on with', 'It goes on when the application resumes it, or with');
    end if;
    return;
  end if;

  -- The step that tells most: one at work, then one that tries again, then one that could begin, then one that waits for others.
  select s.* into v_step
  from (select s.* from steward.steps s where s.run_id = v_run.id offset 0) s
  where s.status in ('running', 'retrying', 'queued', 'waiting')
  order by array_position('{retrying,running,queued,waiting}'::text[], s.status::text), s.worker_id is null, s.ready_at, s.id
  limit 1;
  if not found and not exists (select from steward.steps s where s.run_id = v_run.id) then
    code := 'edited';
    who := 'operator';
    explanation := format('The run has no steps at all: somebody has removed them by hand. To end it: steward.cancel(run => %L).', v_run.id);
    return;
  end if;
  if v_step.id is null then
    code := 'ends';
    who := 'nobody';
    explanation := 'Every step has ended; the run ends within seconds. If it does not, steward.violations shows it.';
    return;
  end if;
  -- Before anything is tried, for that would have to be committed too.
  if v_step.status <> 'waiting' and coalesce(v_step.begun_at, v_step.ready_at) < clock_timestamp() - interval '5 seconds'
    and not steward_private.is_paused(v_step.task, v_step.lane, v_step.run_id) then
    v_no_standby := steward_private.no_standby();
    if v_no_standby is not null then
      code := 'no_standby';
      who := 'operator';
      explanation := format('Nothing that workers write is confirmed: %s. Bring that standby back, or do without it: alter system set synchronous_standby_names = ''''; select pg_reload_conf();', v_no_standby);
      return;
    end if;
  end if;
  select e.code, e.who, e.explanation into code, who, explanation from steward_private.explain_step(v_run, v_step) e;
  -- Workers that can record nothing look as if they hung, or were busy.
  if code in ('begins', 'running', 'waits_for_place', 'cannot_begin', 'job_lost', 'worker_hangs', 'worker_gone', 'no_worker')
    and coalesce(v_step.begun_at, v_step.ready_at) < clock_timestamp() - interval '5 seconds' then
    v_no_room := steward_private.no_room();
    if v_no_room is not null then
      code := 'no_room';
      who := 'operator';
      explanation := format('Postgres has no room left on its disk (%s), so workers can neither begin nor record anything. Make room; then all goes on by itself.', v_no_room);
    end if;
  end if;

  select string_agg(format('%s %s', c.steps, c.status), ', ' order by c.status) into v_counts
  from (select s.status, count(*) as steps from steward.steps s where s.run_id = v_run.id group by s.status) c;
  explanation := explanation || format(' Of its steps: %s.', v_counts)
    || case when code in ('running', 'backlog', 'waits_for_place') then steward_private.held_snapshot() else '' end
    || steward_private.unfollowed(v_run.subject_table);
end
$$;

comment on function steward_private.explain_what_is_read(uuid) is 'Why a run is not further, as far as its tables can be read. For steward.explain_run.';
