-- So that many projects that are deleted within a minute are noticed, in whichever statements. Locks nothing.
create table app_private.project_deletions (
  id bigint generated always as identity primary key,
  projects bigint not null,
  deleted_at timestamptz not null default now()
);
alter table app_private.project_deletions enable row level security;
comment on table app_private.project_deletions is 'Statements that deleted projects.';
comment on column app_private.project_deletions.id is 'Rises with time.';
comment on column app_private.project_deletions.projects is 'How many it deleted.';
comment on column app_private.project_deletions.deleted_at is 'When.';
