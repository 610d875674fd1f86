create or replace function steward.unpause(task text default null, lane text default null, lifecycle text default null, reason text default null)
returns text
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
  v_what text;
  v_name text;
begin
  select p.what, p.name into v_what, v_name from steward_private.pausable(unpause.task, unpause.lane, unpause.lifecycle) p;
  delete from steward.pauses p where p.what = v_what and p.name = v_name;
  if not found then
    return format('%s %s was not paused.', v_what, v_name);
  end if;
  perform steward_private.note_steering('unpause', jsonb_build_object(v_what, v_name), unpause.reason);

  -- What workers looked at meanwhile has no job any more, and is in no backlog.
  perform steward_private.enqueue_steps(array(
    select s.id
    from (
      select s.id, s.run_id, s.task, s.lane from steward.steps s
      where s.status in ('queued', 'retrying') and not s.is_backlog and s.worker_id is null
      offset 0
    ) s
    where case v_what
        when 'task' then s.task = v_name
        when 'lane' then s.lane = v_name
        else (select r.kind from steward.runs r where r.id = s.run_id) = v_name
      end
      and not exists (
        select from graphile_worker.jobs j where j.key = 'step:' || s.id and j.locked_at is null and j.attempts < j.max_attempts
        offset 0
      )
    order by s.id
  ));
  perform steward_private.wake_drains(array(select l.name from steward.lanes l));
  return format('%s %s goes on.', v_what, v_name);
end
$$;

comment on function steward.unpause(text, text, text, text) is
  E'@behavior -*\nLets a task, a lane or a lifecycle that was paused go on. ST430: nothing, or more than one, is named, or it does not exist. For steward.grant_dba and the owner.';
