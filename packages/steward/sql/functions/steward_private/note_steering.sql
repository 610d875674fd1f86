create or replace function steward_private.note_steering(action text, target jsonb, reason text, run_ids uuid[] default '{}')
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  insert into steward.audit (actor, action, target, reason, runs, run_ids)
  values (
    steward_private.actor(), note_steering.action, jsonb_strip_nulls(note_steering.target), note_steering.reason,
    cardinality(note_steering.run_ids), note_steering.run_ids
  )
$$;

comment on function steward_private.note_steering(text, jsonb, text, uuid[]) is
  'Writes a row of steward.audit. For the functions that steer.';
