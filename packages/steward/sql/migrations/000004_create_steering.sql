-- What became of each attempt, what is paused, and who steered what. Locks nothing: all is new.

create table steward_private.known_workers (
  id integer primary key,
  host text not null,
  pid integer not null,
  version text,
  started_at timestamptz not null default now()
);
comment on table steward_private.known_workers is 'Every worker that there was, so that attempts tell where they ran.';
comment on column steward_private.known_workers.id is 'Identifies the worker, as in steward_private.workers.';
comment on column steward_private.known_workers.host is 'The machine.';
comment on column steward_private.known_workers.pid is 'The process.';
comment on column steward_private.known_workers.version is 'The version of the engine that it ran.';
comment on column steward_private.known_workers.started_at is 'When it came.';

create table steward_private.past_attempts (
  step_id bigint not null, -- no foreign key, as with steps.run_id: a step and its attempts are removed together
  lease integer not null,
  begun_by integer,
  begun_at timestamptz,
  ended_at timestamptz not null default clock_timestamp(),
  outcome text not null,
  error_code text,
  error_message text,
  words text,
  blocked_by text,
  repeats integer not null default 1,
  primary key (step_id, lease)
);
comment on table steward_private.past_attempts is
  'Attempts that ended in another way than with success. The last attempt of a step that runs or succeeded is told by the step itself. steward.attempts has both.';
comment on column steward_private.past_attempts.step_id is 'The step.';
comment on column steward_private.past_attempts.lease is 'The lease of the attempt: counts the attempts ever begun.';
comment on column steward_private.past_attempts.begun_by is 'The worker.';
comment on column steward_private.past_attempts.begun_at is 'When it began.';
comment on column steward_private.past_attempts.ended_at is 'When it ended; of repeated ones the last.';
comment on column steward_private.past_attempts.outcome is 'never, later, wait, defer, blocked or release, as in docs/lifecycle.md; rescued: its worker was gone or it took too long; cancelled or suspended: it was called off.';
comment on column steward_private.past_attempts.error_code is 'Why, a code of docs/errors.md.';
comment on column steward_private.past_attempts.error_message is 'Why, a sentence.';
comment on column steward_private.past_attempts.words is 'The error in its own words, at most 2,000 characters, without secrets and addresses.';
comment on column steward_private.past_attempts.blocked_by is 'The session that held what it waited for.';
comment on column steward_private.past_attempts.repeats is 'So many attempts in a row ended like this without using up an attempt; they are one row.';

create view steward.attempts as
select
  s.run_id, s.id as step_id, s.name as step, s.item, s.lease as attempt, w.host, w.pid, w.version, s.begun_at,
  case when s.status = 'succeeded' then s.finished_at end as ended_at,
  s.status::text as outcome, null::text as error_code, null::text as error_message, null::text as words, null::text as blocked_by, 1 as repeats
from steward.steps s
left join steward_private.known_workers w on w.id = s.begun_by
where s.status in ('running', 'succeeded') and s.begun_at is not null
union all
select
  s.run_id, s.id, s.name, s.item, p.lease, w.host, w.pid, w.version, p.begun_at,
  p.ended_at, p.outcome, p.error_code, p.error_message, p.words, p.blocked_by, p.repeats
from steward.steps s
join steward_private.past_attempts p on p.step_id = s.id
left join steward_private.known_workers w on w.id = p.begun_by;
comment on view steward.attempts is
  'Every attempt at every step: by which worker, when, and what became of it. Ask for a run_id or a step_id.';
comment on column steward.attempts.run_id is 'The run.';
comment on column steward.attempts.step_id is 'The step.';
comment on column steward.attempts.step is 'The step''s name.';
comment on column steward.attempts.item is 'In a batch: what the step is for.';
comment on column steward.attempts.attempt is 'Counts the attempts ever begun at this step.';
comment on column steward.attempts.host is 'The machine of the worker; null for a login that did the work itself.';
comment on column steward.attempts.pid is 'The worker''s process.';
comment on column steward.attempts.version is 'The worker''s version.';
comment on column steward.attempts.begun_at is 'When it began.';
comment on column steward.attempts.ended_at is 'When it ended; null while it runs; the last one''s where several are told in one row.';
comment on column steward.attempts.outcome is 'running, succeeded, never, later, wait, defer, blocked, release, rescued, cancelled or suspended: docs/lifecycle.md.';
comment on column steward.attempts.error_code is 'Why it did not succeed, a code of docs/errors.md.';
comment on column steward.attempts.error_message is 'Why it did not succeed, a sentence.';
comment on column steward.attempts.words is 'The error in its own words, without secrets and addresses.';
comment on column steward.attempts.blocked_by is 'The session that held what it waited for.';
comment on column steward.attempts.repeats is 'So many attempts in a row ended like this; they are one row.';

create table steward.pauses (
  what text not null constraint pauses_what_check check (what in ('task', 'lane', 'lifecycle')),
  name text not null,
  reason text,
  paused_by text not null,
  paused_at timestamptz not null default now(),
  primary key (what, name)
);
comment on table steward.pauses is 'What is paused: no step of it begins until it is unpaused. steward.pause and steward.unpause write it.';
comment on column steward.pauses.what is 'task, lane or lifecycle.';
comment on column steward.pauses.name is 'Its name.';
comment on column steward.pauses.reason is 'Why.';
comment on column steward.pauses.paused_by is 'Who paused it.';
comment on column steward.pauses.paused_at is 'Since when.';

create table steward.audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  target jsonb not null,
  reason text,
  runs integer not null default 0,
  run_ids uuid[] not null default '{}'
);
create index audit_run_ids_idx on steward.audit using gin (run_ids);
comment on table steward.audit is 'Who steered what, when and why: a row for each call that changed something.';
comment on column steward.audit.id is 'Identifies the row.';
comment on column steward.audit.at is 'When.';
comment on column steward.audit.actor is 'The database role that called, and the reader that a token named, if one did.';
comment on column steward.audit.action is 'retry, cancel, suspend, resume, reprioritise, pause, unpause or release_worker.';
comment on column steward.audit.target is 'What it was called for: the filter, or what was paused or released.';
comment on column steward.audit.reason is 'Why, in the caller''s words.';
comment on column steward.audit.runs is 'So many runs it changed.';
comment on column steward.audit.run_ids is 'Those runs.';

create table steward_private.lane_rates (
  lane text not null,
  since timestamptz not null,
  steps bigint not null,
  primary key (lane, since)
);
comment on table steward_private.lane_rates is 'How many steps of each lane succeeded in each ten seconds of the last hour: workers add to it.';
comment on column steward_private.lane_rates.lane is 'The lane.';
comment on column steward_private.lane_rates.since is 'When the ten seconds began.';
comment on column steward_private.lane_rates.steps is 'Steps that succeeded in them.';

create table steward_private.operators (
  role_name name primary key,
  steers boolean not null default false
);
comment on table steward_private.operators is 'Database roles that may look at everything in the schema steward: steward.grant_operator writes it, and makes the grants.';
comment on column steward_private.operators.role_name is 'The role.';
comment on column steward_private.operators.steers is 'The role may also retry, cancel, suspend, resume, reprioritise, pause, unpause and release workers.';

alter table steward.pauses enable row level security;
alter table steward.audit enable row level security;
create policy pauses_granted on steward.pauses using (true);
create policy audit_granted on steward.audit using (true);
