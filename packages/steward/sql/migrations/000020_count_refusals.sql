-- A service that refuses what one worker signs in with may take what another one has. Locks workers for a moment.
alter table steward_private.workers add column credentials jsonb;
comment on column steward_private.workers.credentials is
  'For each lane that it has told: a fingerprint of what it signs in with there, which shows nothing of it. Null: it tells none.';

create table steward.refusals (
  lane text not null,
  credentials text not null,
  times integer not null default 1,
  refused_since timestamptz not null default now(),
  open_until timestamptz not null,
  host text not null,
  pid integer not null,
  error_code text not null,
  error_message text not null,
  primary key (lane, credentials)
);
comment on table steward.refusals is
  'Credentials that a service has refused and not taken since. Workers that have them begin nothing in the lane but a probe from time to time; others go on.';
comment on column steward.refusals.lane is 'The lane.';
comment on column steward.refusals.credentials is 'A fingerprint of what was refused.';
comment on column steward.refusals.times is 'How often, one after the other.';
comment on column steward.refusals.refused_since is 'When first.';
comment on column steward.refusals.open_until is 'Until then no worker with these credentials begins a step of the lane; afterwards one step may, every 30 s.';
comment on column steward.refusals.host is 'The machine of the worker that was refused last.';
comment on column steward.refusals.pid is 'The process of that worker.';
comment on column steward.refusals.error_code is 'Why, a code of docs/errors.md.';
comment on column steward.refusals.error_message is 'Why, a sentence.';
alter table steward.refusals enable row level security;
create policy refusals_granted on steward.refusals using (true);
