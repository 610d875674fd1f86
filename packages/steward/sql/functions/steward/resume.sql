create or replace function steward.resume(
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
    'resume',
    jsonb_build_object(
      'run', resume.run, 'lifecycle', resume.lifecycle, 'status', resume.status, 'code', resume.code, 'subject_table', resume.subject_table,
      'subject_id', resume.subject_id, 'owner', resume.owner, 'scope', resume.scope, 'made_before', resume.made_before,
      'made_after', resume.made_after, 'most', resume.most
    ),
    null, resume.preview, resume.reason
  )
$$;

comment on function steward.resume(uuid, text, text, text, text, text, text, text, timestamptz, timestamptz, integer, boolean, text) is
  E'@behavior -*\nLets suspended runs go on. Name one run, or say which: by lifecycle, status, code, subject, owner, scope and when they were made; at most "most" of them, the oldest first. preview => true changes nothing and returns exactly what would change. Returns the runs changed; a row of steward.audit keeps who, when, what and the reason. ST430: nothing is named. For steward.grant_dba and the owner.';
