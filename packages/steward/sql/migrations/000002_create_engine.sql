-- Definitions (lifecycles, their steps, the lanes they run in) and state (runs, steps, workers). docs/lifecycle.md draws the states.
-- Locks nothing: all is new.

create type steward.run_status as enum ('pending', 'running', 'succeeded', 'failed', 'suspended', 'cancelled');
comment on type steward.run_status is
  'pending: nothing has begun; running; suspended: its steps are held; succeeded, failed, cancelled: ended.';

create type steward.step_status as enum ('waiting', 'queued', 'running', 'retrying', 'succeeded', 'failed', 'cancelled');
comment on type steward.step_status is
  'waiting: for other steps; queued: may begin; running: an attempt holds its lease; retrying: begins again at ready_at; succeeded, failed, cancelled: ended.';

create table steward.lifecycles (
  kind text primary key constraint lifecycles_kind_check check (kind ~ '^[a-z][a-z0-9_]{0,62}$'),
  description text not null,
  lock_subjects text,
  on_change text,
  may_steer text,
  of_deleted boolean not null default false,
  keep interval constraint lifecycles_keep_check check (keep > interval '0' and keep <= interval '100 years'),
  keep_failed interval constraint lifecycles_keep_failed_check check (keep_failed > interval '0' and keep_failed <= interval '100 years')
);
comment on table steward.lifecycles is 'The kinds of runs: what must follow one event. steward.define_lifecycle writes them.';
comment on column steward.lifecycles.kind is 'Name, as in runs.kind.';
comment on column steward.lifecycles.description is 'What must follow, in a sentence.';
comment on column steward.lifecycles.lock_subjects is
  'A function (run_ids uuid[], wait boolean) returning uuid[], of the application: locks the rows that on_change will write, before the engine locks the runs, in an order of their keys. Gives the runs whose rows it has locked; without wait it skips rows that are locked. Null: nothing to lock.';
comment on column steward.lifecycles.on_change is
  'A function (run_ids uuid[], change text) returning void, of the application: reflects a change of these runs in its own rows, in the same transaction. change: ended, cancelled, suspended, resumed or retried. Null: nobody needs to know.';
comment on column steward.lifecycles.may_steer is
  'A function (run_id uuid, reader text) returning boolean, of the application: whether a reader who may see the run may also retry and cancel it. Null: its owner may.';
comment on column steward.lifecycles.keep is
  'How long its runs are kept after they succeeded or were cancelled; then they are removed with their steps. Null: keep_days of steward.settings, 30 unless set.';
comment on column steward.lifecycles.keep_failed is 'The same for runs that failed. Null: keep_failed_days of steward.settings, 90 unless set.';
comment on column steward.lifecycles.of_deleted is 'The subject of a run is gone when the run starts; otherwise a run is not retried once it is gone.';

create table steward.lanes (
  name text primary key,
  at_once integer not null default 32 constraint lanes_at_once_check check (at_once > 0),
  is_outside boolean not null default false,
  failure_threshold integer not null default 5 constraint lanes_failure_threshold_check check (failure_threshold > 0),
  failures integer not null default 0,
  down_since timestamptz,
  open_until timestamptz,
  probe_until timestamptz,
  probe_step_id bigint,
  error_code text,
  error_message text
);
comment on table steward.lanes is
  'What steps run against: the database, or a service outside. Each lane has its own backlog and its own circuit, so that one service''s trouble holds up nothing else. An application adds a row for each service.';
comment on column steward.lanes.name is 'The name that steps give.';
comment on column steward.lanes.at_once is 'So many steps of the backlog at a time for each worker process.';
comment on column steward.lanes.is_outside is 'Its steps change what lies outside of the database. On a copy that nobody has adopted they wait.';
comment on column steward.lanes.failure_threshold is 'The circuit opens after so many failures in a row.';
comment on column steward.lanes.failures is 'Provider failures since the last success.';
comment on column steward.lanes.down_since is 'When the first of these failures was; null: none since the last success.';
comment on column steward.lanes.open_until is 'Until then no step of this lane begins; afterwards one probe may. Null: the circuit is closed.';
comment on column steward.lanes.probe_until is 'A probe is at work and has until then to report; afterwards another may go.';
comment on column steward.lanes.probe_step_id is 'The step that probes, or probed last; no foreign key, for the lane outlives it.';
comment on column steward.lanes.error_code is 'Why the circuit opened, a code of docs/errors.md.';
comment on column steward.lanes.error_message is 'Why the circuit opened, a sentence.';

create table steward.lifecycle_steps (
  kind text not null references steward.lifecycles (kind) on delete cascade,
  name text not null constraint lifecycle_steps_name_check check (name ~ '^[a-z][a-z0-9_]{0,62}$'),
  task text not null constraint lifecycle_steps_task_check check (task ~ '^[A-Za-z0-9_-]+$'),
  lane text not null references steward.lanes (name),
  is_batch boolean not null default false,
  after text[] not null default '{}',
  timeout interval not null default interval '300 seconds' constraint lifecycle_steps_timeout_check check (timeout > interval '0' and timeout <= interval '30 days'),
  max_attempts smallint not null default 3 constraint lifecycle_steps_max_attempts_check check (max_attempts > 0),
  -- A run's own is added, and a backlog's.
  priority smallint not null default 0 constraint lifecycle_steps_priority_check check (priority between -10000 and 10000),
  ancestors text[] not null default '{}',
  expected interval not null default interval '1 second' constraint lifecycle_steps_expected_check check (expected > interval '0'),
  primary key (kind, name)
);
create index lifecycle_steps_lane_idx on steward.lifecycle_steps (lane);
comment on table steward.lifecycle_steps is 'The steps of each lifecycle.';
comment on column steward.lifecycle_steps.kind is 'The lifecycle.';
comment on column steward.lifecycle_steps.name is 'The step''s name in its run.';
comment on column steward.lifecycle_steps.task is 'The task that executes it: the name of a file in tasks/.';
comment on column steward.lifecycle_steps.lane is 'What it runs against.';
comment on column steward.lifecycle_steps.is_batch is 'One step for each of many items, added by steward.request_steps; otherwise exactly one, made with the run.';
comment on column steward.lifecycle_steps.after is 'Names of steps that must have succeeded before this one may begin.';
comment on column steward.lifecycle_steps.timeout is 'How long one attempt may take.';
comment on column steward.lifecycle_steps.max_attempts is 'After so many failed attempts the step has failed for good.';
comment on column steward.lifecycle_steps.priority is 'Smaller goes first. Steps started in bulk get 10 more.';
comment on column steward.lifecycle_steps.ancestors is
  'All steps before this one: those of after, those before them, and so on; derived. So a batch that got no items is passed over, but not what comes before it.';
comment on column steward.lifecycle_steps.expected is 'What one step usually adds to the time that its run takes; for estimates, until runs of the kind have ended.';

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

create table steward.attachments (
  table_id regclass primary key,
  table_name text not null,
  key_columns text[] not null,
  on_insert text constraint attachments_on_insert_fkey references steward.lifecycles (kind),
  on_update text constraint attachments_on_update_fkey references steward.lifecycles (kind),
  on_delete text constraint attachments_on_delete_fkey references steward.lifecycles (kind),
  columns text[],
  owner text,
  scope text,
  input text,
  "when" text,
  on_error text not null default 'abort' constraint attachments_on_error_check check (on_error in ('abort', 'log')),
  attached_at timestamptz not null default now()
);
create index attachments_on_insert_idx on steward.attachments (on_insert) where on_insert is not null;
create index attachments_on_update_idx on steward.attachments (on_update) where on_update is not null;
create index attachments_on_delete_idx on steward.attachments (on_delete) where on_delete is not null;
comment on table steward.attachments is 'The tables whose changes start lifecycles by triggers of steward.attach. steward.detach removes them.';
comment on column steward.attachments.table_id is 'The table, under its present name; a number where somebody has dropped it.';
comment on column steward.attachments.table_name is 'Its name when it was attached, as schema.table, quoted where it needs it; runs.subject_table of its runs. After a renaming, steward migrate or steward.attach takes up the new one.';
comment on column steward.attachments.key_columns is 'Its primary key, of which subjects'' ids are made.';
comment on column steward.attachments.on_insert is 'The lifecycle that an inserted row starts.';
comment on column steward.attachments.on_update is 'The lifecycle that a changed row starts.';
comment on column steward.attachments.on_delete is 'The lifecycle that a deleted row starts.';
comment on column steward.attachments.columns is 'on_update follows changes of these columns; null: of any.';
comment on column steward.attachments.owner is 'A column or expression over the row that gives the owner of a run; null: none.';
comment on column steward.attachments.scope is 'A column or expression over the row that gives the scope of a run; null: none.';
comment on column steward.attachments.input is 'An expression over the row that gives the input of a run, as jsonb; null: none.';
comment on column steward.attachments."when" is 'A condition over the row: only rows that meet it start a run; null: all.';
comment on column steward.attachments.on_error is 'What becomes of an insert, update or delete whose run cannot be started: abort, so that it fails too, or log, so that it stands and the run is started later.';
comment on column steward.attachments.attached_at is 'When it was attached, or changed last.';

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

create table steward_private.readers (
  role_name name primary key,
  claim text,
  scopes text,
  all_runs boolean not null default false,
  steers boolean not null default true,
  constraint readers_check check (all_runs or claim is not null)
);
comment on table steward_private.readers is 'Database roles that may read runs and steps, and which: steward.grant_reader writes it, and makes the policies.';
comment on column steward_private.readers.role_name is 'The role.';
comment on column steward_private.readers.claim is 'The setting that says who reads, such as jwt.claims.sub: its value is compared with runs.owner_id.';
comment on column steward_private.readers.scopes is 'A function () returning text[], of the application: the scopes that the reader belongs to, compared with runs.scope_id.';
comment on column steward_private.readers.all_runs is 'The role sees every run.';
comment on column steward_private.readers.steers is 'The role may retry and cancel runs: any where it sees all, otherwise those that lifecycles.may_steer lets.';

create table steward.settings (
  name text primary key,
  value bigint not null,
  description text not null
);
comment on table steward.settings is 'Numbers that an operator may change while all runs.';
comment on column steward.settings.name is 'What it is.';
comment on column steward.settings.value is 'Its value.';
comment on column steward.settings.description is 'Its meaning and unit.';

create table steward.checks (
  function_name text primary key
);
comment on table steward.checks is 'Functions of the application that find broken promises of its own; steward.violations shows what they find. steward.add_check writes it.';
comment on column steward.checks.function_name is 'The function, with its schema.';

create table steward.watched_schemas (
  schema_name text primary key
);
comment on table steward.watched_schemas is 'Schemas of the application whose tables workers analyze when they grow quickly: autovacuum comes within a minute, and until then plans made for a small table read a large one whole.';
comment on column steward.watched_schemas.schema_name is 'The schema.';

create table steward.purge_targets (
  subject_table text not null,
  table_name text not null,
  key_column text not null,
  key_query text constraint purge_targets_key_query_check check (position('$1' in key_query) > 0),
  cutoff_column text,
  position smallint not null default 0,
  pace text not null default 'gentle' constraint purge_targets_pace_check check (pace in ('gentle', 'fast')),
  created_at timestamptz not null default now(),
  primary key (subject_table, table_name)
);
comment on table steward.purge_targets is
  'Tables whose rows go with a subject, beside what foreign keys do. Adding a table is adding a row; a row is refused unless its tables and columns exist. They are looked at again by each purge.';
comment on column steward.purge_targets.subject_table is 'The table of the subjects, as in steward.runs: their runs purge.';
comment on column steward.purge_targets.table_name is 'The table that is purged, schema.table; with partitions, all of them.';
comment on column steward.purge_targets.key_column is 'The column that says whose a row is, of any type that has a text form. Without an index that begins with it every purge reads the whole table.';
comment on column steward.purge_targets.key_query is
  'Null: key_column holds the subject''s id. Otherwise a query that gives the values of key_column to purge, out of other tables; $1 in it is a text array of the subjects'' ids.';
comment on column steward.purge_targets.cutoff_column is
  'Tells rows from before a deletion from later ones: a bigint fed by a sequence, or a timestamptz of the insert. Null: a purge takes all rows that it finds.';
comment on column steward.purge_targets.position is 'Smaller goes first: rows that refer to others before those.';
comment on column steward.purge_targets.pace is 'gentle: hold back as soon as others feel it; fast: as quickly as short statements allow.';
comment on column steward.purge_targets.created_at is 'When it was registered.';

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

insert into steward.settings (name, value, description) values
  ('purge_inline_threshold', 1000, 'A transaction that starts a purge deletes at most so many rows of each registered table itself; more go in the background. Rows.');

insert into steward.lanes (name, at_once) values
  -- Steps that only write to the database end in milliseconds, many in one statement.
  ('database', 128),
  -- Purges take minutes and always wait in the backlog: however many there are, nothing else waits behind them.
  ('purge', 2);

-- Grants decide who reads what, as without row security; steward.grant_reader narrows a role to its own runs.
alter table steward.lifecycles enable row level security;
alter table steward.lifecycle_steps enable row level security;
alter table steward.lanes enable row level security;
alter table steward.attachments enable row level security;
alter table steward.missed_starts enable row level security;
alter table steward.settings enable row level security;
alter table steward.checks enable row level security;
alter table steward.watched_schemas enable row level security;
alter table steward.purge_targets enable row level security;
alter table steward.runs enable row level security;
alter table steward.steps enable row level security;
alter table steward_private.batch_progress enable row level security;
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

create policy lifecycles_granted on steward.lifecycles using (true);
create policy lifecycle_steps_granted on steward.lifecycle_steps using (true);
create policy lanes_granted on steward.lanes using (true);
create policy attachments_granted on steward.attachments using (true);
create policy missed_starts_granted on steward.missed_starts using (true);
create policy settings_granted on steward.settings using (true);
create policy checks_granted on steward.checks using (true);
create policy watched_schemas_granted on steward.watched_schemas using (true);
create policy purge_targets_granted on steward.purge_targets using (true);
create policy runs_granted on steward.runs using (true);
create policy steps_granted on steward.steps using (true);
create policy batch_progress_granted on steward_private.batch_progress using (true);
