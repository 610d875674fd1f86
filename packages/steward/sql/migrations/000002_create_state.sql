-- State: runs, their steps, batches, workers, and what was missed. docs/lifecycle.md draws the states. Locks nothing: all is new.

create type steward.run_status as enum ('pending', 'running', 'succeeded', 'failed', 'suspended', 'cancelled');
comment on type steward.run_status is
  'pending: nothing has begun; running; suspended: its steps are held; succeeded, failed, cancelled: ended.';

create type steward.step_status as enum ('waiting', 'queued', 'running', 'retrying', 'succeeded', 'failed', 'cancelled');
comment on type steward.step_status is
  'waiting: for other steps; queued: may begin; running: an attempt holds its lease; retrying: begins again at ready_at; succeeded, failed, cancelled: ended.';

create table steward.runs (
  -- Rises with time (UUID version 7, made by hand: uuidv7() came with Postgres 18), so that many new runs fill the indexes from one end.
  id uuid primary key default (
    lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7' || substr(gen_random_uuid()::text, 16)
  )::uuid,
  kind text not null, -- no foreign key: only steward.start_runs writes it, out of lifecycles, and a check per row would cost bulk inserts a tenth
  subject_table text not null,
  subject_id text not null,
  owner_id text,
  scope_id text,
  status steward.run_status not null default 'pending',
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
create unique index runs_one_open_idx on steward.runs (subject_id, kind, subject_table) where status in ('pending', 'running', 'suspended');
create index runs_owner_id_idx on steward.runs (owner_id, created_at desc) where owner_id is not null;
create index runs_scope_id_idx on steward.runs (scope_id, created_at desc) where scope_id is not null;
create index runs_finished_at_idx on steward.runs (finished_at) where finished_at is not null;
create index runs_given_up_idx on steward.runs (finished_at) where status in ('failed', 'cancelled');
create index runs_succeeded_idx on steward.runs (kind, finished_at desc) where status = 'succeeded';
comment on table steward.runs is 'One lifecycle for one subject, with its status. A run outlives its subject; it ends exactly once.';
comment on column steward.runs.id is 'Identifies the run.';
comment on column steward.runs.kind is E'@behavior +attribute:filterBy\nThe lifecycle.';
comment on column steward.runs.subject_table is E'@behavior +attribute:filterBy\nThe table of the row that it is about, as schema.table.';
comment on column steward.runs.subject_id is E'@behavior +attribute:filterBy\nThe key of the row that it is about, as text; of several columns, a JSON array of them. No foreign key, for the run outlives the row.';
comment on column steward.runs.owner_id is E'@behavior +attribute:filterBy\nWho may see it: the id of one reader, as text. Null: no single one.';
comment on column steward.runs.scope_id is E'@behavior +attribute:filterBy\nA group whose members may see it, as text, such as a team or an organisation. Null: none.';
comment on column steward.runs.status is E'@behavior +attribute:filterBy\nWhere it stands.';
comment on column steward.runs.priority is E'@behavior -*\nAdded to the priority of its steps: 0, or 10 for runs started in bulk.';
comment on column steward.runs.input is E'@behavior -*\nWhat its tasks need to know of a subject that may be gone. Holds no secret.';
comment on column steward.runs.total is E'@behavior -*\nSteps, without those counted in steward_private.batch_progress.';
comment on column steward.runs.done is E'@behavior -*\nSteps that succeeded, counted like total.';
comment on column steward.runs.failed is E'@behavior -*\nSteps that failed or were cancelled, counted like total.';
comment on column steward.runs.error_code is 'Why it failed: the code of its first failed step, see docs/errors.md.';
comment on column steward.runs.error_message is 'Why it failed, a sentence.';
-- GraphQL would not order by it otherwise: it does not look at partial indexes.
comment on column steward.runs.created_at is E'@behavior +attribute:orderBy +attribute:filterBy\nWhen the insert or delete that started it was made.';
comment on column steward.runs.started_at is 'When its first step began.';
comment on column steward.runs.finished_at is 'When it ended.';

create table steward.steps (
  id bigint generated always as identity primary key,
  run_id uuid not null, -- no foreign key, for the same reason as runs.kind: only the engine writes steps, together with their run
  name text not null,
  item text,
  lane text not null,
  task text not null,
  after text[],
  status steward.step_status not null default 'queued',
  priority smallint not null default 0,
  attempts smallint not null default 0,
  max_attempts smallint not null,
  lease integer not null default 0,
  worker_id integer,
  begun_by integer,
  begun_at timestamptz,
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
create unique index steps_run_id_idx on steward.steps (run_id, name, item) nulls not distinct;
create index steps_backlog_idx on steward.steps (lane, task, priority, ready_at, id) where is_backlog;
create index steps_worker_id_idx on steward.steps (worker_id) where worker_id is not null;
create index steps_due_idx on steward.steps (ready_at) where status in ('queued', 'retrying') and not is_backlog;
comment on table steward.steps is 'One unit of work of a run, executed by one task.';
comment on column steward.steps.id is 'Identifies the step.';
comment on column steward.steps.run_id is 'The run it belongs to.';
comment on column steward.steps.name is 'Its name in the lifecycle.';
comment on column steward.steps.item is 'In a batch: what this step is for, such as the key of a row. Null otherwise.';
comment on column steward.steps.lane is 'What it runs against.';
comment on column steward.steps.task is
  E'@behavior -*\nThe task that executes it. Its own, so that it is done as its run was started, also when its definition goes; it follows a change of the definition''s task.';
comment on column steward.steps.after is E'@behavior -*\nNames of all steps of its run that come before it, as they were defined when it was made; null for none.';
comment on column steward.steps.status is 'Where it stands.';
comment on column steward.steps.priority is E'@behavior -*\nSmaller goes first.';
comment on column steward.steps.attempts is 'Attempts begun since the step last got further. Waiting for a service that is down uses up none.';
comment on column steward.steps.max_attempts is 'After so many failed attempts it has failed for good.';
comment on column steward.steps.lease is E'@behavior -*\nCounts the attempts ever begun. Whoever would finish the step must name the present one.';
comment on column steward.steps.worker_id is E'@behavior -*\nThe worker whose attempt may still be acting, kept until that attempt is known to have ended.';
comment on column steward.steps.begun_by is E'@behavior -*\nThe worker of the last attempt (steward_private.known_workers); null for a login that did the work itself.';
comment on column steward.steps.begun_at is E'@behavior -*\nWhen the last attempt began.';
comment on column steward.steps.expires_at is E'@behavior -*\nWhen the present attempt is taken for hung.';
comment on column steward.steps.ready_at is 'When it may begin: for a step that is retrying, the time of the next try.';
comment on column steward.steps.is_backlog is E'@behavior -*\nWaits here instead of in graphile-worker''s queue, for a worker to claim it.';
comment on column steward.steps.is_dirty is E'@behavior -*\nWhat it reconciles was changed while it ran: it runs once more.';
comment on column steward.steps.done is 'Units of its own work done, such as rows deleted.';
comment on column steward.steps.total is 'Units of its own work in all, an estimate; null when unknown or not counted.';
comment on column steward.steps.error_code is 'Why the last attempt did not succeed, a code of docs/errors.md. Null after success.';
comment on column steward.steps.error_message is 'Why the last attempt did not succeed, a sentence.';
comment on column steward.steps.blocked_since is E'@behavior -*\nSince when somebody else''s transaction has been in its way, over all attempts until one got further.';
comment on column steward.steps.blocked_by is E'@behavior -*\nThe database session that held the lock for which the last attempt waited in vain, if that was seen.';
comment on column steward.steps.started_at is 'When its first attempt began.';
comment on column steward.steps.finished_at is 'When it ended.';

create table steward_private.batch_progress (
  run_id uuid not null,
  name text not null,
  backend integer not null,
  total integer not null default 0,
  done integer not null default 0,
  failed integer not null default 0,
  reached double precision not null default 0,
  primary key (run_id, name, backend)
) with (fillfactor = 70);
comment on table steward_private.batch_progress is
  'Counts the steps of batches, one row for each database connection that counted, so that completions never wait for each other and progress is read without counting steps. Folded into runs when the run ends.';
comment on column steward_private.batch_progress.run_id is 'The run; no foreign key, for both are written by the engine alone.';
comment on column steward_private.batch_progress.name is 'The batch.';
comment on column steward_private.batch_progress.backend is 'pg_backend_pid() of the connection that counts here: nobody else ever locks this row while that connection lives.';
comment on column steward_private.batch_progress.total is 'Steps added by this connection; a row without any says that the batch is there, should nothing be added to it.';
comment on column steward_private.batch_progress.done is 'Steps that succeeded, seen by this connection.';
comment on column steward_private.batch_progress.failed is 'Steps that failed or were cancelled, seen by this connection.';
comment on column steward_private.batch_progress.reached is 'The percent that the run had reached when this connection asked for steps: what is shown does not go back below it.';

create table steward_private.workers (
  id integer generated always as identity primary key,
  pool_id text not null,
  host text not null,
  pid integer not null,
  uses_lock boolean not null,
  tasks text[],
  instance text,
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);
comment on table steward_private.workers is
  'Worker processes. Each holds an advisory lock on (1398031447, id) in a session of its own: when the lock is free, the worker is gone.';
comment on column steward_private.workers.id is 'Identifies the worker; a process that lost its session gets a new one.';
comment on column steward_private.workers.pool_id is 'graphile-worker''s name for it, as in locked_by of its jobs.';
comment on column steward_private.workers.host is 'The machine.';
comment on column steward_private.workers.pid is 'The process.';
comment on column steward_private.workers.uses_lock is 'False behind a transaction pooler, where session locks do not hold: then seen_at tells.';
comment on column steward_private.workers.tasks is 'The tasks that it has: it is given no other step. Null: it does not say, and is given any.';
comment on column steward_private.workers.instance is 'Its STEWARD_INSTANCE; null where that is not set.';
comment on column steward_private.workers.started_at is 'When it came.';
comment on column steward_private.workers.seen_at is 'When it last reported; kept up to date only where uses_lock is false.';

-- A copy of the database must not act on the accounts of the original: the database remembers where it is at home, and what lies
-- outside is left alone anywhere else until an operator adopts the copy.
create table steward_private.home (
  is_only boolean primary key default true constraint home_is_only_check check (is_only),
  system_identifier bigint not null,
  database_oid oid not null,
  database_name name not null,
  instance text,
  mark uuid not null default gen_random_uuid(),
  adopted_at timestamptz not null default now(),
  adopted_by name not null default session_user
);
comment on table steward_private.home is
  'The database that this is, as its first worker found it, or as an operator adopted it (steward adopt). A dump, a copy or a restored backup brings this row along, but not what it names.';
comment on column steward_private.home.is_only is 'True: there is one row.';
comment on column steward_private.home.system_identifier is 'The Postgres server: made by initdb, shared by its replicas and physical copies.';
comment on column steward_private.home.database_oid is 'The database in that server.';
comment on column steward_private.home.database_name is 'The database''s name.';
comment on column steward_private.home.instance is 'STEWARD_INSTANCE of the workers at home; null where that is not set.';
comment on column steward_private.home.mark is 'What this database writes on things that it makes outside. Stays when a restored or moved database is adopted.';
comment on column steward_private.home.adopted_at is 'Since when this is home.';
comment on column steward_private.home.adopted_by is 'The role that made it so.';

create table steward.missed_starts (
  id bigint generated always as identity primary key,
  kind text not null,
  subject_table text not null,
  subject_ids text[] not null,
  owner_ids text[],
  scope_ids text[],
  inputs jsonb[],
  error_code text not null,
  error_message text not null,
  missed_at timestamptz not null default clock_timestamp(),
  tries integer not null default 0,
  tried_at timestamptz not null default clock_timestamp()
);
comment on table steward.missed_starts is 'Runs that could not be started where an attachment says on_error => log. Workers start them later, and remove the row.';
comment on column steward.missed_starts.id is 'Identifies the row.';
comment on column steward.missed_starts.kind is 'The lifecycle.';
comment on column steward.missed_starts.subject_table is 'The table.';
comment on column steward.missed_starts.subject_ids is 'The keys of the rows, as text. Empty where an expression of the attachment failed: then nothing can be started; correct the attachment, start what is missing, and delete the row.';
comment on column steward.missed_starts.owner_ids is 'The owners, in the same order.';
comment on column steward.missed_starts.scope_ids is 'The scopes, in the same order.';
comment on column steward.missed_starts.inputs is 'The inputs, in the same order.';
comment on column steward.missed_starts.error_code is 'The SQLSTATE of what went wrong.';
comment on column steward.missed_starts.error_message is 'What went wrong, in Postgres'' words.';
comment on column steward.missed_starts.missed_at is 'When.';
comment on column steward.missed_starts.tries is 'How often starting them was tried again.';
comment on column steward.missed_starts.tried_at is 'When it was tried last.';

create table steward_private.analyses (
  table_name text primary key,
  tries integer not null default 1,
  begun_at timestamptz not null default now(),
  next_at timestamptz not null default now() + interval '20 seconds'
);
comment on table steward_private.analyses is 'Tables that workers have analyzed because they grew quickly: steward_private.begin_analysis keeps it.';
comment on column steward_private.analyses.table_name is 'The table, with its schema.';
comment on column steward_private.analyses.tries is 'Analyses begun since the last one that came to its end.';
comment on column steward_private.analyses.begun_at is 'When the last one began.';
comment on column steward_private.analyses.next_at is 'When another one may begin, should the last one not have come to its end.';

create type steward.progress as (
  done integer,
  total integer,
  failed integer,
  percent double precision
);
comment on type steward.progress is 'How far something is.';
comment on column steward.progress.done is 'Steps that succeeded.';
comment on column steward.progress.total is 'Steps in all, as far as known now.';
comment on column steward.progress.failed is 'Steps that failed for good or were cancelled.';
comment on column steward.progress.percent is '0 to 100; counts the work within running steps too.';

-- Grants decide who reads what, as without row security; steward.grant_reader narrows a role to its own runs.
alter table steward.missed_starts enable row level security;
alter table steward.runs enable row level security;
alter table steward.steps enable row level security;
alter table steward_private.batch_progress enable row level security;

create policy missed_starts_granted on steward.missed_starts using (true);
create policy runs_granted on steward.runs using (true);
create policy steps_granted on steward.steps using (true);
create policy batch_progress_granted on steward_private.batch_progress using (true);
