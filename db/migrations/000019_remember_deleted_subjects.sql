-- Who was deleted is not made again by a token from before. Locks nothing: it is new.
create table app_private.deleted_subjects (
  subject_hash bytea primary key,
  deleted_at timestamptz not null default now()
);
comment on table app_private.deleted_subjects is 'Subjects of tokens whose users were deleted, so that a token from before makes nobody. For app_public.log_in.';
comment on column app_private.deleted_subjects.subject_hash is 'SHA-256 of the subject: who it was is not kept.';
comment on column app_private.deleted_subjects.deleted_at is 'When, the last time.';
