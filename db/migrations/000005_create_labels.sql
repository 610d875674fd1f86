-- Labels, of which a user may have millions, and the registry of what a user's deletion purges. Locks nothing: all is new.

create table app_public.labels (
  id bigint generated always as identity primary key,
  user_id uuid not null,
  file_id uuid not null default gen_random_uuid(),
  label_key text not null,
  label_value text,
  created_at timestamptz not null default now()
);
create index labels_user_id_label_key_idx on app_public.labels (user_id, label_key);
comment on table app_public.labels is 'What users noted on files. No foreign key: a user''s labels go in batches, long after the user.';
comment on column app_public.labels.id is 'Identifies the label; rises with time, which is what a deletion''s cut-off relies on.';
comment on column app_public.labels.user_id is 'Whose it is.';
comment on column app_public.labels.file_id is 'The file.';
comment on column app_public.labels.label_key is 'What is noted.';
comment on column app_public.labels.label_value is 'The note.';
comment on column app_public.labels.created_at is 'When it was made.';

create table app_private.purge_targets (
  table_name text primary key,
  user_column text not null,
  cutoff_column text not null,
  created_at timestamptz not null default now()
);
comment on table app_private.purge_targets is
  'What the deletion of a user purges, besides what foreign keys do. Adding a table is adding a row; a row is refused unless the table, its columns and an index on the user column exist.';
comment on column app_private.purge_targets.table_name is 'schema.table.';
comment on column app_private.purge_targets.user_column is 'The uuid column that names the user; an index must begin with it.';
comment on column app_private.purge_targets.cutoff_column is 'Tells rows from before a deletion from later ones: a bigint fed by a sequence, or a timestamptz of the insert.';
comment on column app_private.purge_targets.created_at is 'When it was registered.';

create table app_private.settings (
  name text primary key,
  value bigint not null,
  description text not null
);
comment on table app_private.settings is 'Numbers that an operator may change while all runs.';
comment on column app_private.settings.name is 'What it is.';
comment on column app_private.settings.value is 'Its value.';
comment on column app_private.settings.description is 'Its meaning and unit.';
