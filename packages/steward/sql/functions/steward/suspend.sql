create or replace function steward.suspend(
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
    'suspend',
    jsonb_build_object(
      'run', suspend.run, 'lifecycle', suspend.lifecycle, 'status', suspend.status, 'code', suspend.code, 'subject_table', suspend.subject_table,
      'subject_id', suspend.subject_id, 'owner', suspend.owner, 'scope', suspend.scope, 'made_before', suspend.made_before,
      'made_after', suspend.made_after, 'most', suspend.most
    ),
    null, suspend.preview, suspend.reason
  )
$$;

comment on function steward.suspend(uuid, text, text, text, text, text, text, text, timestamptz, timestamptz, integer, boolean, text) is
  E'@behavior -*\nHolds open runs: no step of them begins, running ones are given back, until steward.resume. Name one run, or say which: by lifecycle, status, code, subject, owner, scope and when they were made; at most "most" of them, the oldest first. preview => true changes nothing and returns exactly what would change. Returns the runs changed; a row of steward.audit keeps who, when, what and the reason. ST430: nothing is named. For steward.grant_dba and the owner.';
