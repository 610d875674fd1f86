-- An account that waits for its changes is looked up at each attempt, and not asked for again. Locks app_private.drive_secrets for a
-- moment, and writes no row.
alter table app_private.drive_secrets add is_found boolean not null default false;
comment on column app_private.drive_secrets.is_found is 'Whether an account of this name was there when the drive was asked to make one: the next attempt looks first.';
