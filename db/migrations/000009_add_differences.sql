-- What was found at the providers that was not as it should be. Locks nothing: all is new.

create table app_public.differences (
  id bigint generated always as identity primary key,
  run_id uuid not null,
  user_id uuid references app_public.users (id) on delete cascade,
  project_id uuid references app_public.projects (id) on delete cascade,
  provider text not null,
  part text not null constraint differences_part_check check (part in ('drive_account', 'cloud_account', 'project', 'member')),
  what text not null,
  expected text not null,
  found text not null,
  remedy text not null,
  found_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  ended_at timestamptz
);
create unique index differences_one_open_idx on app_public.differences (user_id, project_id, provider, part, what) nulls not distinct where ended_at is null;
create index differences_user_id_idx on app_public.differences (user_id);
create index differences_project_id_idx on app_public.differences (project_id);
create index differences_ended_at_idx on app_public.differences (ended_at) where ended_at is not null;
create index differences_run_id_idx on app_public.differences (run_id);
comment on table app_public.differences is 'What was found at a provider that was not as it should be, by a user_check or project_check run. For administrators.';
comment on column app_public.differences.id is 'Identifies the difference.';
comment on column app_public.differences.run_id is 'The run that saw it last.';
comment on column app_public.differences.user_id is 'Whose account or membership it is; null for a project itself.';
comment on column app_public.differences.project_id is 'The project that it is about; null for an account.';
comment on column app_public.differences.provider is 'Where: drive, or the name of the cloud provider.';
comment on column app_public.differences.part is 'drive_account, cloud_account, project or member.';
comment on column app_public.differences.what is 'existence, enabled, name, description, email, quota, role or key.';
comment on column app_public.differences.expected is 'How it should be.';
comment on column app_public.differences.found is 'How it was.';
comment on column app_public.differences.remedy is
  'The lifecycle whose run mends it; left: it is for people at the provider to decide; lost: it is not made again; none: somebody asked to look only.';
comment on column app_public.differences.found_at is 'When it was seen first.';
comment on column app_public.differences.seen_at is 'When it was seen last.';
comment on column app_public.differences.ended_at is 'When a later look did not see it any more; null until then.';

alter table app_public.differences enable row level security;
create policy differences_granted on app_public.differences using (true);
create policy differences_admins on app_public.differences as restrictive to steward_user using (false);
grant select on app_public.differences to steward_user, steward_admin;
