-- The lifecycle engine: definitions (lifecycles, their steps, the lanes they run in) and state (runs, steps, workers).
-- docs/lifecycle.md draws the states. Locks nothing: all is new.

create type app_public.run_status as enum ('pending', 'running', 'succeeded', 'failed', 'suspended', 'cancelled');
comment on type app_public.run_status is
  'pending: nothing has begun; running; suspended: its steps are held; succeeded, failed, cancelled: ended.';

create type app_public.step_status as enum ('waiting', 'queued', 'running', 'retrying', 'succeeded', 'failed', 'cancelled');
comment on type app_public.step_status is
  'waiting: for other steps; queued: may begin; running: an attempt holds its lease; retrying: begins again at ready_at; succeeded, failed, cancelled: ended.';

create table app_private.lifecycles (
  kind text primary key constraint lifecycles_kind_check check (kind ~ '^[a-z][a-z0-9_]{0,62}$'),
  subject text not null constraint lifecycles_subject_check check (subject in ('user', 'project')),
  description text not null
);
comment on table app_private.lifecycles is 'The kinds of runs. A new lifecycle is a row here, its steps and their task files.';
comment on column app_private.lifecycles.kind is 'Name, as in runs.kind.';
comment on column app_private.lifecycles.subject is 'What a run of this kind is about: a user or a project.';
comment on column app_private.lifecycles.description is 'What must follow, in a sentence.';

create table app_private.lanes (
  name text primary key,
  failure_threshold integer not null default 5 constraint lanes_failure_threshold_check check (failure_threshold > 0),
  failures integer not null default 0,
  open_until timestamptz,
  probe_until timestamptz,
  error_code text,
  error_message text
);
comment on table app_private.lanes is
  'What steps run against: the database or a provider. Each lane has its own backlog and its own circuit, so that one provider''s trouble holds up nothing else.';
comment on column app_private.lanes.name is 'database, drive or cloud.';
comment on column app_private.lanes.failure_threshold is 'The circuit opens after so many failures in a row.';
comment on column app_private.lanes.failures is 'Provider failures since the last success.';
comment on column app_private.lanes.open_until is 'Until then no step of this lane begins; afterwards one probe may. Null: the circuit is closed.';
comment on column app_private.lanes.probe_until is 'A probe is at work and has until then to report; afterwards another may go.';
comment on column app_private.lanes.error_code is 'Why the circuit opened, a code of docs/errors.md.';
comment on column app_private.lanes.error_message is 'Why the circuit opened, a sentence.';

create table app_private.lifecycle_steps (
  kind text not null references app_private.lifecycles (kind) on delete cascade,
  name text not null constraint lifecycle_steps_name_check check (name ~ '^[a-z][a-z0-9_]{0,62}$'),
  task text not null constraint lifecycle_steps_task_check check (task ~ '^[A-Za-z0-9_-]+$'),
  lane text not null references app_private.lanes (name),
  is_batch boolean not null default false,
  after text[] not null default '{}',
  timeout interval not null default interval '300 seconds' constraint lifecycle_steps_timeout_check check (timeout > interval '0'),
  max_attempts smallint not null default 3 constraint lifecycle_steps_max_attempts_check check (max_attempts > 0),
  priority smallint not null default 0,
  primary key (kind, name)
);
create index lifecycle_steps_lane_idx on app_private.lifecycle_steps (lane);
comment on table app_private.lifecycle_steps is 'The steps of each lifecycle.';
comment on column app_private.lifecycle_steps.kind is 'The lifecycle.';
comment on column app_private.lifecycle_steps.name is 'The step''s name in its run.';
comment on column app_private.lifecycle_steps.task is 'The task that executes it: the name of a file in tasks/.';
comment on column app_private.lifecycle_steps.lane is 'What it runs against.';
comment on column app_private.lifecycle_steps.is_batch is 'One step for each of many items, added by app_private.request_steps; otherwise exactly one, made with the run.';
comment on column app_private.lifecycle_steps.after is 'Names of steps that must have succeeded before this one may begin.';
comment on column app_private.lifecycle_steps.timeout is 'How long one attempt may take.';
comment on column app_private.lifecycle_steps.max_attempts is 'After so many failed attempts the step has failed for good.';
comment on column app_private.lifecycle_steps.priority is 'Smaller goes first. Steps started in bulk get 10 more.';

create table app_public.runs (
  id uuid primary key default gen_random_uuid(),
  kind text not null, -- no foreign key: only app_private.start_runs writes it, out of lifecycles, and a check per row would cost bulk signups a tenth
  subject_id uuid not null,
  owner_id uuid,
  project_id uuid,
  status app_public.run_status not null default 'pending',
  priority smallint not null default 0,
  input jsonb,
  total integer not null default 0,
  done integer not null default 0,
  failed integer not null default 0,
  error_code text,
  error_message text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz
) with (fillfactor = 80);
create unique index runs_one_open_idx on app_public.runs (kind, subject_id) where status in ('pending', 'running', 'suspended');
create index runs_owner_id_idx on app_public.runs (owner_id, created_at desc);
create index runs_project_id_idx on app_public.runs (project_id, created_at desc) where project_id is not null;
create index runs_succeeded_idx on app_public.runs (kind, finished_at desc) where status = 'succeeded';
comment on table app_public.runs is 'One lifecycle for one subject, with its status. A run outlives its subject; it ends exactly once.';
comment on column app_public.runs.id is 'Identifies the run.';
comment on column app_public.runs.kind is 'The lifecycle: user_signup, project_provisioning, project_update, project_state, project_deletion or user_deletion.';
comment on column app_public.runs.subject_id is 'The user or project it is about; no foreign key, for the run outlives it.';
comment on column app_public.runs.owner_id is 'The user who may see it.';
comment on column app_public.runs.project_id is 'The project whose members may see it.';
comment on column app_public.runs.status is 'Where it stands.';
comment on column app_public.runs.priority is E'@behavior -*\nAdded to the priority of its steps: 0, or 10 for runs started in bulk.';
comment on column app_public.runs.input is E'@behavior -*\nWhat its tasks need to know of a subject that may be gone. Holds no secret.';
comment on column app_public.runs.total is E'@behavior -*\nSteps, without those counted in app_private.batch_progress.';
comment on column app_public.runs.done is E'@behavior -*\nSteps that succeeded, counted like total.';
comment on column app_public.runs.failed is E'@behavior -*\nSteps that failed or were cancelled, counted like total.';
comment on column app_public.runs.error_code is 'Why it failed: the code of its first failed step, see docs/errors.md.';
comment on column app_public.runs.error_message is 'Why it failed, a sentence.';
comment on column app_public.runs.created_at is 'When the insert or delete that started it was made.';
comment on column app_public.runs.started_at is 'When its first step began.';
comment on column app_public.runs.finished_at is 'When it ended.';

create table app_public.steps (
  id bigint generated always as identity primary key,
  run_id uuid not null, -- no foreign key, for the same reason as runs.kind: only the engine writes steps, together with their run
  name text not null,
  item text,
  lane text not null,
  task text not null,
  status app_public.step_status not null default 'queued',
  priority smallint not null default 0,
  attempts smallint not null default 0,
  max_attempts smallint not null,
  lease integer not null default 0,
  worker_id integer,
  expires_at timestamptz,
  ready_at timestamptz not null default now(),
  is_backlog boolean not null default false,
  is_dirty boolean not null default false,
  done bigint not null default 0,
  total bigint,
  error_code text,
  error_message text,
  blocked_since timestamptz,
  blocked_by text,
  started_at timestamptz,
  finished_at timestamptz
) with (fillfactor = 80);
create unique index steps_run_id_idx on app_public.steps (run_id, name, item) nulls not distinct;
create index steps_backlog_idx on app_public.steps (lane, task, priority, ready_at, id) where is_backlog;
create index steps_worker_id_idx on app_public.steps (worker_id) where worker_id is not null;
create index steps_due_idx on app_public.steps (ready_at) where status in ('queued', 'retrying') and not is_backlog;
comment on table app_public.steps is 'One unit of work of a run, executed by one task.';
comment on column app_public.steps.id is 'Identifies the step.';
comment on column app_public.steps.run_id is 'The run it belongs to.';
comment on column app_public.steps.name is 'Its name in the lifecycle.';
comment on column app_public.steps.item is 'In a batch: what this step is for (a user''s id, a table''s name). Null otherwise.';
comment on column app_public.steps.lane is 'What it runs against: database, drive or cloud.';
comment on column app_public.steps.task is
  E'@behavior -*\nThe task that executes it. Its own, so that it is done as its run was started, also when its definition goes; it follows a change of the definition''s task.';
comment on column app_public.steps.status is 'Where it stands.';
comment on column app_public.steps.priority is E'@behavior -*\nSmaller goes first.';
comment on column app_public.steps.attempts is 'Attempts begun so far. Waiting for a provider that is down uses up none.';
comment on column app_public.steps.max_attempts is 'After so many failed attempts it has failed for good.';
comment on column app_public.steps.lease is E'@behavior -*\nCounts the attempts ever begun. Whoever would finish the step must name the present one.';
comment on column app_public.steps.worker_id is E'@behavior -*\nThe worker whose attempt may still be acting, kept until that attempt is known to have ended.';
comment on column app_public.steps.expires_at is E'@behavior -*\nWhen the present attempt is taken for hung.';
comment on column app_public.steps.ready_at is 'When it may begin: for a step that is retrying, the time of the next try.';
comment on column app_public.steps.is_backlog is E'@behavior -*\nWaits here instead of in graphile-worker''s queue, for a worker to claim it.';
comment on column app_public.steps.is_dirty is E'@behavior -*\nWhat it reconciles was changed while it ran: it runs once more.';
comment on column app_public.steps.done is 'Units of its own work done (rows deleted, files removed).';
comment on column app_public.steps.total is 'Units of its own work in all, an estimate; null when unknown or not counted.';
comment on column app_public.steps.error_code is 'Why the last attempt did not succeed, a code of docs/errors.md. Null after success.';
comment on column app_public.steps.error_message is 'Why the last attempt did not succeed, a sentence.';
comment on column app_public.steps.blocked_since is E'@behavior -*\nSince when somebody else''s transaction has been in its way, over all attempts until one got further.';
comment on column app_public.steps.blocked_by is E'@behavior -*\nThe database session that held the lock for which the last attempt waited in vain, if that was seen.';
comment on column app_public.steps.started_at is 'When its first attempt began.';
comment on column app_public.steps.finished_at is 'When it ended.';

create table app_private.batch_progress (
  run_id uuid not null,
  name text not null,
  backend integer not null,
  total integer not null default 0,
  done integer not null default 0,
  failed integer not null default 0,
  primary key (run_id, name, backend)
) with (fillfactor = 70);
comment on table app_private.batch_progress is
  'Counts the steps of batches, one row for each database connection that counted, so that completions never wait for each other and progress is read without counting steps. Folded into runs when the run ends.';
comment on column app_private.batch_progress.run_id is 'The run; no foreign key, for both are written by the engine alone.';
comment on column app_private.batch_progress.name is 'The batch.';
comment on column app_private.batch_progress.backend is 'pg_backend_pid() of the connection that counts here: nobody else ever locks this row while that connection lives.';
comment on column app_private.batch_progress.total is 'Steps added by this connection.';
comment on column app_private.batch_progress.done is 'Steps that succeeded, seen by this connection.';
comment on column app_private.batch_progress.failed is 'Steps that failed or were cancelled, seen by this connection.';

create table app_private.workers (
  id integer generated always as identity primary key,
  pool_id text not null,
  host text not null,
  pid integer not null,
  uses_lock boolean not null,
  tasks text[],
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);
comment on table app_private.workers is
  'Worker processes. Each holds an advisory lock on (1398031447, id) in a session of its own: when the lock is free, the worker is gone.';
comment on column app_private.workers.id is 'Identifies the worker; a process that lost its session gets a new one.';
comment on column app_private.workers.pool_id is 'graphile-worker''s name for it, as in locked_by of its jobs.';
comment on column app_private.workers.host is 'The machine.';
comment on column app_private.workers.pid is 'The process.';
comment on column app_private.workers.uses_lock is 'False behind a transaction pooler, where session locks do not hold: then seen_at tells.';
comment on column app_private.workers.tasks is 'The tasks that it has: it is given no other step. Null: it does not say, and is given any.';
comment on column app_private.workers.started_at is 'When it came.';
comment on column app_private.workers.seen_at is 'When it last reported; kept up to date only where uses_lock is false.';

create table app_private.analyses (
  table_name text primary key,
  tries integer not null default 1,
  begun_at timestamptz not null default now(),
  next_at timestamptz not null default now() + interval '20 seconds'
);
comment on table app_private.analyses is 'Tables that workers have analyzed because they grew quickly: app_private.begin_analysis keeps it.';
comment on column app_private.analyses.table_name is 'The table, with its schema.';
comment on column app_private.analyses.tries is 'Analyses begun since the last one that came to its end.';
comment on column app_private.analyses.begun_at is 'When the last one began.';
comment on column app_private.analyses.next_at is 'When another one may begin, should the last one not have come to its end.';
