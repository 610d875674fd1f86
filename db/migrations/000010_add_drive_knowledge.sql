-- What is known of a drive account besides its password: so that a later attempt goes on where an earlier one stopped. Locks
-- app_private.drive_secrets for a moment, and writes no row.

alter table app_private.drive_secrets
  add is_sent boolean not null default false,
  add is_unused boolean not null default false;
comment on column app_private.drive_secrets.is_sent is 'Whether the drive was asked to make an account with this password and its answer got lost: an account that is there and looks just so is ours.';
comment on column app_private.drive_secrets.is_unused is 'Whether nobody had signed in to the account when it became the user''s: then its home holds little but the drive''s own files.';
