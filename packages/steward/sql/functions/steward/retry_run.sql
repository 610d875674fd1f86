create or replace function steward.retry_run(id uuid)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_run steward.runs;
begin
  v_run := steward_private.require_run(retry_run.id);
  -- What is about a row that is gone cannot succeed.
  if not (select l.of_deleted from steward.lifecycles l where l.kind = v_run.kind)
    and not steward_private.subject_exists(v_run.subject_table, v_run.subject_id)
  then
    raise exception using errcode = 'ST410', column = 'id', message = 'What the run is about no longer exists.';
  end if;
  if steward_private.retry_runs(array[v_run.id]) = '{}' then
    raise exception using
      errcode = 'ST410', column = 'id',
      message = case
        when v_run.status in ('failed', 'cancelled') then 'Another run of this kind is open for the same subject.'
        else format('The run is %s and has nothing to do again.', v_run.status)
      end;
  end if;
  perform steward_private.note_steering('retry', jsonb_build_object('run', v_run.id), null, array[v_run.id]);
  return v_run.id;
end
$$;

comment on function steward.retry_run(uuid) is
  E'@behavior -*\nDoes again what failed or was cancelled of a run, also while the rest of it goes on, lets what waits for its next try begin at once, and returns the run''s id. For readers of all runs, and for those whom lifecycles.may_steer lets (without one: its owner). ST110: they may not see it. ST102: they may not do this. ST410: there is nothing to do again.';
