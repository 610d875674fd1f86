-- Tenants, projects and their members, as they ought to be at the cloud provider, and what is known of it there.
-- Locks nothing: all is new.

create type app_public.project_status as enum ('pending', 'provisioning', 'active', 'failed', 'suspended');
comment on type app_public.project_status is
  'provisioning: being linked and its members synced; active: all done; failed: something failed for good, what succeeded is kept; suspended: disabled at the provider.';
create type app_public.project_role as enum ('owner', 'admin', 'member', 'viewer');
comment on type app_public.project_role is 'From the highest to the lowest: the creator, admins, participants, the tenant''s users.';

create table app_public.tenants (
  id uuid primary key default gen_random_uuid(),
  name text not null constraint tenants_name_key unique constraint tenants_name_check check (length(name) between 1 and 200),
  created_at timestamptz not null default now()
);
comment on table app_public.tenants is 'Organisations that projects belong to.';
comment on column app_public.tenants.id is 'Identifies the tenant.';
comment on column app_public.tenants.name is 'Its name.';
comment on column app_public.tenants.created_at is 'When it was made.';

create table app_public.tenant_members (
  tenant_id uuid not null references app_public.tenants (id) on delete cascade,
  user_id uuid not null references app_public.users (id) on delete cascade,
  primary key (tenant_id, user_id)
);
create index tenant_members_user_id_idx on app_public.tenant_members (user_id);
comment on table app_public.tenant_members is 'The users of a tenant: viewers at least of all its projects.';
comment on column app_public.tenant_members.tenant_id is 'The tenant.';
comment on column app_public.tenant_members.user_id is 'A user of it.';

create table app_private.cloud_regions (
  provider text not null,
  region text not null,
  primary key (provider, region)
);
comment on table app_private.cloud_regions is 'Where projects can be: the worker writes here which providers and regions it is configured for, so that an insert can refuse others.';
comment on column app_private.cloud_regions.provider is 'The cloud provider.';
comment on column app_private.cloud_regions.region is 'A region of it.';

create table app_public.projects (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid constraint projects_tenant_id_fkey references app_public.tenants (id) on delete cascade,
  name text not null constraint projects_name_check check (length(name) between 1 and 200 and name !~ '(^\s|\s$|[[:cntrl:]])'),
  description text constraint projects_description_check check (length(description) <= 2000),
  provider text not null default 'openstack',
  region text,
  status app_public.project_status not null default 'provisioning',
  rotate_on_link boolean not null default false,
  created_by uuid constraint projects_created_by_fkey references app_public.users (id) on delete set null,
  external_id text,
  provisioning_started_at timestamptz default now(),
  provisioning_completed_at timestamptz,
  checked_at timestamptz,
  created_at timestamptz not null default now(),
  constraint projects_tenant_id_name_key unique (tenant_id, name)
);
-- Outside of tenants names are their makers' own: nobody learns from a refusal what others have called theirs.
create unique index projects_created_by_name_key on app_public.projects (created_by, name) where tenant_id is null;
create index projects_created_by_idx on app_public.projects (created_by);
create index projects_checked_at_idx on app_public.projects (checked_at nulls first, id);
create index projects_created_at_idx on app_public.projects using brin (created_at) with (pages_per_range = 32, autosummarize); -- for app_private.find_violations
comment on table app_public.projects is 'Projects at a cloud provider. Inserting one provisions it there, with all its members.';
comment on column app_public.projects.id is 'Identifies the project.';
comment on column app_public.projects.tenant_id is 'The tenant it belongs to.';
comment on column app_public.projects.name is 'Its name, unique in its tenant, outside of tenants among its maker''s; 1 to 200 characters.';
comment on column app_public.projects.description is 'What it is for; at most 2,000 characters.';
comment on column app_public.projects.provider is 'The cloud provider.';
comment on column app_public.projects.region is 'The provider''s region; null: its default one.';
comment on column app_public.projects.status is 'Where it stands.';
comment on column app_public.projects.rotate_on_link is 'Whether each member gets a fresh credential when they are linked.';
comment on column app_public.projects.created_by is 'Its owner.';
comment on column app_public.projects.external_id is 'Its id at the provider.';
comment on column app_public.projects.provisioning_started_at is 'When provisioning was asked for.';
comment on column app_public.projects.provisioning_completed_at is 'When it was first complete.';
comment on column app_public.projects.checked_at is E'@behavior -*\nWhen the project was last asked to be compared with the cloud provider.';
comment on column app_public.projects.created_at is 'When it was made.';

create table app_public.project_members (
  project_id uuid not null references app_public.projects (id) on delete cascade,
  user_id uuid not null constraint project_members_user_id_fkey references app_public.users (id) on delete cascade,
  role app_public.project_role not null default 'member',
  participant_role app_public.project_role default 'member',
  external_user_id text,
  synced_at timestamptz,
  primary key (project_id, user_id)
);
create index project_members_user_id_idx on app_public.project_members (user_id);
comment on table app_public.project_members is
  'Who ought to be in a project at the provider. Admins, the tenant''s users and the creator are added by triggers; participants by whoever inserts them here.';
comment on column app_public.project_members.project_id is 'The project.';
comment on column app_public.project_members.user_id is 'The user.';
comment on column app_public.project_members.role is 'The highest role that applies.';
comment on column app_public.project_members.participant_role is
  E'@behavior -*\nThe role given to a participant on insert; null for those who are members only as admin, tenant user or creator.';
comment on column app_public.project_members.external_user_id is 'Their id at the provider.';
comment on column app_public.project_members.synced_at is 'When the provider last was as it ought to be.';

create table app_private.gates (
  name text not null,
  slot smallint not null constraint gates_slot_check check (slot between 0 and 15),
  passed bigint not null default 0,
  primary key (name, slot)
) with (fillfactor = 50);
comment on table app_private.gates is
  'What many transactions may do at a time but not while one does something else: they pass a gate (each in a slot of its own, so that they do not wait for each other), it closes it (all slots). Rows that are really changed, not advisory locks, so that a transaction with an older snapshot fails instead of reading what is not so any more. app_private.pass_gates makes them.';
comment on column app_private.gates.name is 'administrators (projects that are made against administrators that change) or suspension 0 to 63 (members that change against a suspension).';
comment on column app_private.gates.slot is '0 to 15.';
comment on column app_private.gates.passed is 'How often it was passed or closed.';

create table app_private.cloud_users (
  user_id uuid not null,
  provider text not null,
  external_id text not null,
  primary key (user_id, provider)
);
comment on table app_private.cloud_users is 'Users as the cloud provider knows them. No foreign key: a deleted user still has to be removed there.';
comment on column app_private.cloud_users.user_id is 'The user.';
comment on column app_private.cloud_users.provider is 'The cloud provider.';
comment on column app_private.cloud_users.external_id is 'Their id there.';

create table app_private.cloud_credentials (
  project_id uuid not null references app_public.projects (id) on delete cascade,
  user_id uuid not null references app_public.users (id) on delete cascade,
  access_id text not null,
  secret_sealed text not null,
  created_at timestamptz not null default now(),
  shown_at timestamptz,
  primary key (project_id, user_id)
);
create index cloud_credentials_user_id_idx on app_private.cloud_credentials (user_id);
comment on table app_private.cloud_credentials is 'Rotated credentials, encrypted; shown once to whom they belong.';
comment on column app_private.cloud_credentials.project_id is 'The project they are for.';
comment on column app_private.cloud_credentials.user_id is 'Whose they are.';
comment on column app_private.cloud_credentials.access_id is 'The public half.';
comment on column app_private.cloud_credentials.secret_sealed is 'The secret half: AES-256-GCM under ENCRYPTION_KEY, bound to project and user.';
comment on column app_private.cloud_credentials.created_at is 'When it was rotated.';
comment on column app_private.cloud_credentials.shown_at is 'When its owner was shown it.';
