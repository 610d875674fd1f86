-- Labels, of which a user may have millions. Locks nothing: all is new.

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
