create or replace function steward.cancel(
  run uuid default null,
  lifecycle text default null,
  status text default null,
  code text default null,
  subject_table text default null,
  subject_id text default null,
  owner text default null,
  scope text default null,
  made_before timestamptz default null,
  made_after timestamptz default null,
  most integer default 100000,
  preview boolean default false,
  reason text default null
)
returns table (run_id uuid, kind text, subject text, was steward.run_status, becomes steward.run_status)
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  select * from steward_private.steer_runs(
    'cancel',
    jsonb_build_object(
      'run', cancel.run, 'lifecycle', cancel.lifecycle, 'status', cancel.status, 'code', cancel.code, 'subject_table', cancel.subject_table,
      'subject_id', cancel.subject_id, 'owner', cancel.owner, 'scope', cancel.scope, 'made_before', cancel.made_before,
      'made_after', cancel.made_after, 'most', cancel.most
    ),
    null, cancel.preview, cancel.reason
  )
$$;

comment on function steward.cancel(uuid, text, text, text, text, text, text, text, timestamptz, timestamptz, integer, boolean, text) is
  E'@behavior -*\nCancels open runs: their steps stop, what succeeded is kept. Name one run, or say which: by lifecycle, status, code, subject, owner, scope and when they were made; at most "most" of them, the oldest first. preview => true changes nothing and returns exactly what would change. Returns the runs changed; a row of steward.audit keeps who, when, what and the reason. ST430: nothing is named. For steward.grant_dba and the owner.';
