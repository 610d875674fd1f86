create or replace function steward.retry(
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
    'retry',
    jsonb_build_object(
      'run', retry.run, 'lifecycle', retry.lifecycle, 'status', retry.status, 'code', retry.code, 'subject_table', retry.subject_table,
      'subject_id', retry.subject_id, 'owner', retry.owner, 'scope', retry.scope, 'made_before', retry.made_before,
      'made_after', retry.made_after, 'most', retry.most
    ),
    null, retry.preview, retry.reason
  )
$$;

comment on function steward.retry(uuid, text, text, text, text, text, text, text, timestamptz, timestamptz, integer, boolean, text) is
  E'@behavior -*\nBegins failed and cancelled runs again, with what is not done of them, and lets the waiting retries of open runs begin now. A run whose subject is gone, or of which another one is open, is left. Name one run, or say which: by lifecycle, status, code, subject, owner, scope and when they were made; at most "most" of them, the oldest first. preview => true changes nothing and returns exactly what would change. Returns the runs changed; a row of steward.audit keeps who, when, what and the reason. ST430: nothing is named. For steward.grant_dba and the owner.';
