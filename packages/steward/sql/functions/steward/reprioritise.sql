create or replace function steward.reprioritise(
  priority smallint,
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
    'reprioritise',
    jsonb_build_object(
      'run', reprioritise.run, 'lifecycle', reprioritise.lifecycle, 'status', reprioritise.status, 'code', reprioritise.code, 'subject_table', reprioritise.subject_table,
      'subject_id', reprioritise.subject_id, 'owner', reprioritise.owner, 'scope', reprioritise.scope, 'made_before', reprioritise.made_before,
      'made_after', reprioritise.made_after, 'most', reprioritise.most
    ),
    reprioritise.priority, reprioritise.preview, reprioritise.reason
  )
$$;

comment on function steward.reprioritise(smallint, uuid, text, text, text, text, text, text, text, timestamptz, timestamptz, integer, boolean, text) is
  E'@behavior -*\nGives open runs another priority: it is added to that of each step; smaller goes first, 0 is usual, from 10 on a run waits as bulk work does. Which runs, preview, reason, result and errors as with steward.cancel. For steward.grant_dba and the owner.';
