create or replace function steward_private.steer_runs(action text, filter jsonb, priority smallint, preview boolean, reason text)
returns table (run_id uuid, kind text, subject text, was steward.run_status, becomes steward.run_status)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_nestloop = off
set jit = off
set work_mem = '64MB' -- up to a hundred thousand runs and their steps pass through it
as $$
#variable_conflict use_column
declare
  v_ids uuid[];
  v_before steward.runs[];
  v_changed uuid[];
  v_changed_ids uuid[];
  v_becomes text[];
begin
  v_ids := steward_private.find_runs(steer_runs.filter, case steer_runs.action
    when 'retry' then '{failed,cancelled,pending,running}'
    when 'cancel' then '{pending,running,suspended}'
    when 'suspend' then '{pending,running}'
    when 'resume' then '{suspended}'
    when 'reprioritise' then '{pending,running,suspended}'
  end::steward.run_status[]);
  if steer_runs.action = 'retry' then
    v_ids := steward_private.without_gone_subjects(v_ids);
  end if;
  v_before := array(select r from steward.runs r where r.id = any (v_ids));

  begin
    v_changed := case steer_runs.action
      when 'retry' then steward_private.retry_runs(v_ids)
      when 'cancel' then steward_private.cancel_runs(v_ids)
      when 'suspend' then steward_private.suspend_runs(v_ids)
      when 'resume' then steward_private.resume_runs(v_ids)
      when 'reprioritise' then steward_private.reprioritise_runs(v_ids, steer_runs.priority)
    end;
    select array_agg(r.id), array_agg(r.status::text) into v_changed_ids, v_becomes from steward.runs r where r.id = any (v_changed);
    if steer_runs.preview then
      raise exception using errcode = 'UNDO0'; -- done, seen, and undone: a preview cannot differ from the act
    end if;
  exception
    when sqlstate 'UNDO0' then null;
  end;

  if not steer_runs.preview and v_changed <> '{}' then
    perform steward_private.note_steering(
      steer_runs.action, steer_runs.filter || jsonb_strip_nulls(jsonb_build_object('priority', steer_runs.priority)), steer_runs.reason, v_changed
    );
  end if;
  return query
  select b.id, b.kind, b.subject_table || '/' || b.subject_id, b.status, a.status::steward.run_status
  from unnest(v_changed_ids, v_becomes) as a (id, status)
  join unnest(v_before) b on b.id = a.id
  order by b.created_at, b.id;
end
$$;

comment on function steward_private.steer_runs(text, jsonb, smallint, boolean, text) is
  'Does what steward.retry, cancel, suspend, resume and reprioritise say, or shows it, and writes the audit. For these.';
