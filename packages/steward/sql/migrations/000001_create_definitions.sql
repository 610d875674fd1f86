-- The engine's two schemas, and what an application tells the engine: lifecycles, their steps, lanes, attachments, purge targets,
-- readers. Rights on what is in steward are granted by name (steward.grant_reader): nothing is granted to public, and no role is
-- made. Locks nothing: all is new.
create schema steward;
create schema if not exists steward_private; -- the list of what was applied lies in it already

comment on schema steward is 'Steward: lifecycles, their runs and steps, and views for those who run the database.';
comment on schema steward_private is 'Steward''s machinery. Nobody but its owner has any right in here.';

create table steward.lifecycles (
  kind text primary key constraint lifecycles_kind_check check (kind ~ '^[a-z][a-z0-9_]{0,62}$'),
  description text not null,
  lock_subjects text,
  on_change text,
  may_steer text,
  of_deleted boolean not null default false,
  keep interval constraint lifecycles_keep_check check (keep > interval '0' and keep <= interval '100 years'),
  keep_failed interval constraint lifecycles_keep_failed_check check (keep_failed > interval '0' and keep_failed <= interval '100 years'),
  slow_after interval constraint lifecycles_slow_after_check check (slow_after > interval '0')
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
comment on column steward.lifecycles.slow_after is 'After so long a run that is still open is slow: steward.slow_runs shows it, and an alert is raised. Null: 300 s.';
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
  table_id regclass not null,
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
comment on column steward.purge_targets.table_id is 'That table, whatever its name is by now. A trigger fills it in.';
comment on column steward.purge_targets.position is 'Smaller goes first: rows that refer to others before those.';
comment on column steward.purge_targets.pace is 'gentle: hold back as soon as others feel it; fast: as quickly as short statements allow.';
comment on column steward.purge_targets.created_at is 'When it was registered.';

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
alter table steward.settings enable row level security;
alter table steward.checks enable row level security;
alter table steward.watched_schemas enable row level security;
alter table steward.purge_targets enable row level security;

create policy lifecycles_granted on steward.lifecycles using (true);
create policy lifecycle_steps_granted on steward.lifecycle_steps using (true);
create policy lanes_granted on steward.lanes using (true);
create policy attachments_granted on steward.attachments using (true);
create policy settings_granted on steward.settings using (true);
create policy checks_granted on steward.checks using (true);
create policy watched_schemas_granted on steward.watched_schemas using (true);
create policy purge_targets_granted on steward.purge_targets using (true);
