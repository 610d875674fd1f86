create or replace function steward_private.note_probe(lane text, step_id bigint)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  update steward.lanes l
  set probe_step_id = note_probe.step_id, probe_until = case when note_probe.step_id is not null then l.probe_until end
  where l.name = note_probe.lane
$$;

comment on function steward_private.note_probe(text, bigint) is
  'Tells which step took the probe that steward_private.enter_lane allowed; null gives it back. For begin_jobs and claim_steps.';
