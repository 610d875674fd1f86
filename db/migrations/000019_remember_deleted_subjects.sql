-- Who was deleted is not made again by a token from before. Locks nothing: it is new.
create table app_private.user_deletions (
  id bigint generated always as identity primary key,
  ended_at timestamptz
);
comment on table app_private.user_deletions is 'Statements that deleted users, and until when their transactions were open.';
comment on column app_private.user_deletions.id is 'Identifies the statement.';
comment on column app_private.user_deletions.ended_at is 'When its transaction began to commit; set by the last thing that it does.';

create table app_private.deleted_subjects (
  subject_hash bytea primary key,
  deletion_id bigint not null references app_private.user_deletions (id)
);
create index deleted_subjects_deletion_id_idx on app_private.deleted_subjects (deletion_id);
comment on table app_private.deleted_subjects is 'Subjects of tokens whose users were deleted, so that a token from before makes nobody. For app_public.log_in.';
comment on column app_private.deleted_subjects.subject_hash is 'SHA-256 of the subject: who it was is not kept. Of a user without an external subject, of the id.';
comment on column app_private.deleted_subjects.deletion_id is 'What deleted them, the last time.';
