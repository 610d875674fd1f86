-- Users and all that a signup gives them. Locks nothing: all is new.

create type app_public.user_role as enum ('member', 'admin');
comment on type app_public.user_role is 'admin: takes part in every project.';
create type app_public.visibility as enum ('private', 'shared');
comment on type app_public.visibility is 'private: seen by its owner only.';
create type app_public.drive_account_status as enum ('pending', 'active', 'disabled', 'lost');
comment on type app_public.drive_account_status is
  'pending: being made at the drive provider; active: exists there; disabled: somebody disabled it there; lost: somebody removed it there, and it is not made again.';

create table app_public.users (
  -- Rises with time (UUID version 7, made by hand: uuidv7() came with Postgres 18), so that a bulk signup fills its indexes from one end.
  id uuid primary key default (
    lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7' || substr(gen_random_uuid()::text, 16)
  )::uuid,
  username text not null
    constraint users_username_key unique
    constraint users_username_check check (length(username) between 1 and 100 and username !~ '(^\s|\s$|[[:cntrl:]])'),
  email text
    constraint users_email_key unique
    constraint users_email_check check (length(email) <= 254 and email ~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:].]+(\.[^@[:space:][:cntrl:].]+)*$'),
  display_name text constraint users_display_name_check check (length(display_name) <= 200 and display_name !~ '[[:cntrl:]]'),
  role app_public.user_role not null default 'member',
  external_subject text
    constraint users_external_subject_key unique
    constraint users_external_subject_check check (length(external_subject) between 1 and 255),
  created_at timestamptz not null default now()
);
create index users_admins_idx on app_public.users (id) where role = 'admin';
create index users_created_at_idx on app_public.users using brin (created_at) with (pages_per_range = 32, autosummarize); -- for app_private.find_violations; costs an insert next to nothing
comment on table app_public.users is 'People. Inserting one is a complete signup: credits, type and features at once, the rest by a user_signup run.';
comment on column app_public.users.id is 'Identifies the user; the sub of their tokens where that is a UUID.';
comment on column app_public.users.username is 'Unique; 1 to 100 characters, no blank at either end.';
comment on column app_public.users.email is 'Unique; null when the identity provider gave none.';
comment on column app_public.users.display_name is 'How to address them; at most 200 characters.';
comment on column app_public.users.role is 'member or admin.';
comment on column app_public.users.external_subject is 'The sub of the token that made them; null for who was inserted otherwise.';
comment on column app_public.users.created_at is 'When they signed up.';

create table app_public.user_types (
  id integer generated always as identity primary key,
  name text not null unique,
  initial_balance integer not null constraint user_types_initial_balance_check check (initial_balance >= 0),
  is_default boolean not null default false
);
create unique index user_types_one_default_idx on app_public.user_types (is_default) where is_default;
comment on table app_public.user_types is 'Kinds of users; the default one is what a signup gives.';
comment on column app_public.user_types.id is 'Identifies the type.';
comment on column app_public.user_types.name is 'Its name.';
comment on column app_public.user_types.initial_balance is 'Credits a user of this type starts with.';
comment on column app_public.user_types.is_default is 'True for the one that a signup gives.';

create table app_public.features (
  id integer generated always as identity primary key,
  name text not null unique
);
comment on table app_public.features is 'What users may be allowed to use.';
comment on column app_public.features.id is 'Identifies the feature.';
comment on column app_public.features.name is 'Its name.';

create table app_public.user_type_features (
  user_type_id integer not null references app_public.user_types (id) on delete cascade,
  feature_id integer not null references app_public.features (id) on delete cascade,
  primary key (user_type_id, feature_id)
);
create index user_type_features_feature_id_idx on app_public.user_type_features (feature_id);
comment on table app_public.user_type_features is 'The features of each user type.';
comment on column app_public.user_type_features.user_type_id is 'The type.';
comment on column app_public.user_type_features.feature_id is 'A feature that its users have.';

create table app_public.user_credits (
  user_id uuid primary key references app_public.users (id) on delete cascade,
  balance integer not null constraint user_credits_balance_check check (balance >= 0)
);
comment on table app_public.user_credits is 'What each user has to spend.';
comment on column app_public.user_credits.user_id is 'The user.';
comment on column app_public.user_credits.balance is 'Credits left.';

create table app_public.user_type_assignments (
  user_id uuid primary key references app_public.users (id) on delete cascade,
  user_type_id integer not null references app_public.user_types (id)
);
create index user_type_assignments_user_type_id_idx on app_public.user_type_assignments (user_type_id);
comment on table app_public.user_type_assignments is 'The type of each user.';
comment on column app_public.user_type_assignments.user_id is 'The user.';
comment on column app_public.user_type_assignments.user_type_id is 'Their type.';

create table app_public.drive_accounts (
  user_id uuid primary key references app_public.users (id) on delete cascade,
  external_id text not null unique,
  status app_public.drive_account_status not null default 'pending',
  files_removed integer not null default 0,
  provisioned_at timestamptz,
  checked_at timestamptz
);
create index drive_accounts_checked_at_idx on app_public.drive_accounts (checked_at nulls first, user_id);
comment on table app_public.drive_accounts is 'Each user''s account at the drive provider.';
comment on column app_public.drive_accounts.user_id is 'The user.';
comment on column app_public.drive_accounts.external_id is 'Its name at the provider.';
comment on column app_public.drive_accounts.status is 'Whether it exists there yet.';
comment on column app_public.drive_accounts.files_removed is 'Files of the provider''s skeleton that were removed from it.';
comment on column app_public.drive_accounts.provisioned_at is 'When it was made or found there.';
comment on column app_public.drive_accounts.checked_at is E'@behavior -*\nWhen the user''s accounts were last asked to be compared with the providers.';

create table app_private.drive_secrets (
  user_id uuid primary key references app_public.users (id) on delete cascade,
  password_sealed text not null,
  is_set boolean not null default false
);
comment on table app_private.drive_secrets is 'Passwords of drive accounts, encrypted by the worker before the account is made, so that a crash in between loses nothing.';
comment on column app_private.drive_secrets.user_id is 'The user.';
comment on column app_private.drive_secrets.is_set is 'Whether the account is known to have this password; until then an account that is found there is given it.';
comment on column app_private.drive_secrets.password_sealed is 'AES-256-GCM under ENCRYPTION_KEY, bound to the user''s id.';

create table app_public.spaces (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid constraint spaces_owner_id_fkey references app_public.users (id) on delete set null,
  former_owner_id uuid,
  name text not null,
  kind text not null default 'personal',
  created_at timestamptz not null default now()
);
create unique index spaces_one_personal_idx on app_public.spaces (owner_id) where kind = 'personal';
create index spaces_owner_id_idx on app_public.spaces (owner_id);
create index spaces_former_owner_id_idx on app_public.spaces (former_owner_id) where former_owner_id is not null;
comment on table app_public.spaces is 'Where a user keeps notebooks and agents. One without an owner belonged to a user who is gone: nobody sees it, and a purge removes it with all that it holds.';
comment on column app_public.spaces.id is 'Identifies the space.';
comment on column app_public.spaces.owner_id is 'Whose it is; null once they are gone. So the deletion of a user changes their spaces, and not the many rows in them.';
comment on column app_public.spaces.former_owner_id is E'@behavior -*\nWhose it was, once owner_id is null; a trigger notes it. For the purge.';
comment on column app_public.spaces.name is 'Its name.';
comment on column app_public.spaces.kind is 'personal: every user has one.';
comment on column app_public.spaces.created_at is 'When it was made.';

create table app_public.notebooks (
  id uuid primary key default gen_random_uuid(),
  space_id uuid not null references app_public.spaces (id) on delete cascade,
  name text not null,
  description text,
  tags text[] not null default '{}',
  visibility app_public.visibility not null default 'private',
  created_at timestamptz not null default now()
);
create index notebooks_space_id_idx on app_public.notebooks (space_id);
comment on table app_public.notebooks is 'Collections of documents.';
comment on column app_public.notebooks.id is 'Identifies the notebook.';
comment on column app_public.notebooks.space_id is 'The space it is in.';
comment on column app_public.notebooks.name is 'Its name.';
comment on column app_public.notebooks.description is 'What it is for.';
comment on column app_public.notebooks.tags is 'Words to find it by.';
comment on column app_public.notebooks.visibility is 'Who sees it.';
comment on column app_public.notebooks.created_at is 'When it was made.';

create table app_public.documents (
  id uuid primary key default gen_random_uuid(),
  notebook_id uuid not null references app_public.notebooks (id) on delete cascade,
  title text not null,
  body text not null,
  source text not null default 'user',
  is_sample boolean not null default false,
  created_at timestamptz not null default now()
);
create index documents_notebook_id_idx on app_public.documents (notebook_id);
comment on table app_public.documents is 'Texts in notebooks.';
comment on column app_public.documents.id is 'Identifies the document.';
comment on column app_public.documents.notebook_id is 'The notebook it is in.';
comment on column app_public.documents.title is 'Its title.';
comment on column app_public.documents.body is 'Its text, Markdown.';
comment on column app_public.documents.source is 'Who made it: user, or onboarding.';
comment on column app_public.documents.is_sample is 'True for those that onboarding gave.';
comment on column app_public.documents.created_at is 'When it was made.';

create table app_public.agents (
  id uuid primary key default gen_random_uuid(),
  space_id uuid not null references app_public.spaces (id) on delete cascade,
  name text not null,
  type text not null,
  model text not null,
  tags text[] not null default '{}',
  created_at timestamptz not null default now()
);
create index agents_space_id_idx on app_public.agents (space_id);
comment on table app_public.agents is 'Assistants in a space.';
comment on column app_public.agents.id is 'Identifies the agent.';
comment on column app_public.agents.space_id is 'The space it is in.';
comment on column app_public.agents.name is 'Its name.';
comment on column app_public.agents.type is 'What it does; qa: answers questions.';
comment on column app_public.agents.model is 'The language model it uses.';
comment on column app_public.agents.tags is 'Words to find it by.';
comment on column app_public.agents.created_at is 'When it was made.';

create table app_public.agent_notebooks (
  agent_id uuid not null references app_public.agents (id) on delete cascade,
  notebook_id uuid not null references app_public.notebooks (id) on delete cascade,
  primary key (agent_id, notebook_id)
);
create index agent_notebooks_notebook_id_idx on app_public.agent_notebooks (notebook_id);
comment on table app_public.agent_notebooks is 'The notebooks that an agent may read.';
comment on column app_public.agent_notebooks.agent_id is 'The agent.';
comment on column app_public.agent_notebooks.notebook_id is 'A notebook it may read.';

create table app_private.onboarding_pieces (
  name text primary key,
  position smallint not null unique,
  kind text not null constraint onboarding_pieces_kind_check check (kind in ('space', 'notebook', 'document', 'agent'))
);
comment on table app_private.onboarding_pieces is 'What onboarding gives every user, piece by piece.';
comment on column app_private.onboarding_pieces.name is 'The name of the resource that is made.';
comment on column app_private.onboarding_pieces.position is 'In which order.';
comment on column app_private.onboarding_pieces.kind is 'What kind of resource.';

create table app_private.document_templates (
  title text primary key references app_private.onboarding_pieces (name) on delete cascade,
  body text not null constraint document_templates_body_check check (length(body) > 0)
);
comment on table app_private.document_templates is 'The texts of the sample documents.';
comment on column app_private.document_templates.title is 'The document.';
comment on column app_private.document_templates.body is 'Its text, Markdown.';

create table app_private.onboarding_made (
  user_id uuid not null references app_public.users (id) on delete cascade,
  piece text not null, -- no foreign key, or all who are being onboarded at the same moment would lock the same rows
  made_at timestamptz not null default now(),
  primary key (user_id, piece)
);
comment on table app_private.onboarding_made is
  'What onboarding once made or found for a user. A piece that was made is not made again, so what a user renames or deletes is not forced back.';
comment on column app_private.onboarding_made.user_id is 'The user.';
comment on column app_private.onboarding_made.piece is 'The piece.';
comment on column app_private.onboarding_made.made_at is 'When.';

create type app_public.user_onboarding as (
  status steward.run_status,
  steps_done integer,
  steps_total integer,
  started_at timestamptz,
  finished_at timestamptz,
  duration_ms integer,
  missing text[],
  error_code text,
  error_message text
);
comment on type app_public.user_onboarding is 'How far setting up a user''s account is.';
comment on column app_public.user_onboarding.status is 'Where their latest user_signup run stands; null when there is none yet.';
comment on column app_public.user_onboarding.steps_done is 'Steps of it that succeeded.';
comment on column app_public.user_onboarding.steps_total is 'Steps of it in all.';
comment on column app_public.user_onboarding.started_at is 'When they signed up, or their onboarding was triggered.';
comment on column app_public.user_onboarding.finished_at is 'When it ended; null while it goes on.';
comment on column app_public.user_onboarding.duration_ms is 'From started_at until it ended, or until now. Milliseconds.';
comment on column app_public.user_onboarding.missing is 'The names of the space, notebook, documents and agent still to come. What they deleted themselves is not missing.';
comment on column app_public.user_onboarding.error_code is 'Why something failed or has to wait: a code of docs/errors.md.';
comment on column app_public.user_onboarding.error_message is 'Why something failed or has to wait, a sentence.';

create table app_private.user_deletions (
  id bigint generated always as identity primary key,
  users integer not null default 0,
  began_at timestamptz not null default now(),
  ended_at timestamptz
);
comment on table app_private.user_deletions is 'Statements that deleted users, and until when their transactions were open.';
comment on column app_private.user_deletions.id is 'Identifies the statement.';
comment on column app_private.user_deletions.users is 'How many users it deleted.';
comment on column app_private.user_deletions.began_at is 'When its transaction began.';
comment on column app_private.user_deletions.ended_at is 'When its transaction began to commit; set by the last thing that it does.';

create table app_private.deleted_subjects (
  subject_hash bytea primary key,
  deletion_id bigint not null references app_private.user_deletions (id)
);
create index deleted_subjects_deletion_id_idx on app_private.deleted_subjects (deletion_id);
comment on table app_private.deleted_subjects is 'Subjects of tokens whose users were deleted, so that a token from before makes nobody. For app_public.log_in.';
comment on column app_private.deleted_subjects.subject_hash is 'SHA-256 of the subject: who it was is not kept. Of a user without an external subject, of the id.';
comment on column app_private.deleted_subjects.deletion_id is 'What deleted them, the last time.';
