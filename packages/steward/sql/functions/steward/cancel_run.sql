create or replace function steward.cancel_run(id uuid)
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
  v_run := steward_private.require_run(cancel_run.id);
  if steward_private.cancel_runs(array[v_run.id]) = '{}' then
    raise exception using
      errcode = 'ST411', column = 'id',
      message = format('The run has ended already: it is %s.', v_run.status);
  end if;
  perform steward_private.note_steering('cancel', jsonb_build_object('run', v_run.id), null, array[v_run.id]);
  return v_run.id;
end
$$;

comment on function steward.cancel_run(uuid) is
  E'@behavior -*\nCancels an open run and returns its id; what succeeded is kept. For readers of all runs, and for those whom lifecycles.may_steer lets (without one: its owner). ST110: they may not see it. ST102: they may not do this. ST411: it has ended already.';
