-- Who reads what. API roles only read tables; they write through functions that check. Each policy compares an indexed column
-- with a value computed once per statement. Applications write the tables themselves, as far as they were granted them. Locks nothing: all is new.

create function app_public.current_user_id()
returns uuid
language sql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select nullif(current_setting('jwt.claims.sub', true), '')::uuid
$$;
comment on function app_public.current_user_id() is E'@behavior -*\nThe user who asks: the sub of the verified token, set by the server for each transaction.';

create function app_public.visible_project_ids()
returns uuid[]
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select array(
    select m.project_id from app_public.project_members m where m.user_id = app_public.current_user_id()
    union
    select p.id from app_public.projects p where p.created_by = app_public.current_user_id()
    union
    select p.id
    from app_public.tenant_members t join app_public.projects p on p.tenant_id = t.tenant_id
    where t.user_id = app_public.current_user_id()
  )
$$;
comment on function app_public.visible_project_ids() is E'@behavior -*\nThe projects that the user who asks may see: as member, creator or user of the tenant.';

create function app_public.visible_scopes()
returns text[]
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select app_public.visible_project_ids()::text[]
$$;
comment on function app_public.visible_scopes() is
  E'@behavior -*\nThe scopes of runs that who asks may see: their projects. For the policies of steward.runs.';

revoke execute on function app_public.current_user_id(), app_public.visible_project_ids(), app_public.visible_scopes() from public;
grant execute on function app_public.current_user_id(), app_public.visible_project_ids(), app_public.visible_scopes() to steward_user, steward_admin;

alter table app_public.users enable row level security;
alter table app_public.user_types enable row level security;
alter table app_public.features enable row level security;
alter table app_public.user_type_features enable row level security;
alter table app_public.user_credits enable row level security;
alter table app_public.user_type_assignments enable row level security;
alter table app_public.drive_accounts enable row level security;
alter table app_public.spaces enable row level security;
alter table app_public.notebooks enable row level security;
alter table app_public.documents enable row level security;
alter table app_public.agents enable row level security;
alter table app_public.agent_notebooks enable row level security;
alter table app_public.tenants enable row level security;
alter table app_public.tenant_members enable row level security;
alter table app_public.projects enable row level security;
alter table app_public.project_members enable row level security;
alter table app_public.labels enable row level security;

-- Grants decide who may do what with a table, as without row security...
create policy users_granted on app_public.users using (true);
create policy user_types_granted on app_public.user_types using (true);
create policy features_granted on app_public.features using (true);
create policy user_type_features_granted on app_public.user_type_features using (true);
create policy user_credits_granted on app_public.user_credits using (true);
create policy user_type_assignments_granted on app_public.user_type_assignments using (true);
create policy drive_accounts_granted on app_public.drive_accounts using (true);
create policy spaces_granted on app_public.spaces using (true);
create policy notebooks_granted on app_public.notebooks using (true);
create policy documents_granted on app_public.documents using (true);
create policy agents_granted on app_public.agents using (true);
create policy agent_notebooks_granted on app_public.agent_notebooks using (true);
create policy tenants_granted on app_public.tenants using (true);
create policy tenant_members_granted on app_public.tenant_members using (true);
create policy projects_granted on app_public.projects using (true);
create policy project_members_granted on app_public.project_members using (true);
create policy labels_granted on app_public.labels using (true);

-- ...but what a user's token has taken the role for is narrowed to what is theirs. What is about everybody alike has no such policy.
create policy users_own on app_public.users as restrictive to steward_user
  using (id = (select app_public.current_user_id()));
create policy user_credits_own on app_public.user_credits as restrictive to steward_user
  using (user_id = (select app_public.current_user_id()));
create policy user_type_assignments_own on app_public.user_type_assignments as restrictive to steward_user
  using (user_id = (select app_public.current_user_id()));
create policy drive_accounts_own on app_public.drive_accounts as restrictive to steward_user
  using (user_id = (select app_public.current_user_id()));
create policy spaces_own on app_public.spaces as restrictive to steward_user
  using (owner_id = (select app_public.current_user_id()));
create policy notebooks_own on app_public.notebooks as restrictive to steward_user
  using (space_id = any (array(select s.id from app_public.spaces s where s.owner_id = (select app_public.current_user_id()))));
create policy documents_own on app_public.documents as restrictive to steward_user
  using (notebook_id = any (array(
    select n.id from app_public.notebooks n join app_public.spaces s on s.id = n.space_id
    where s.owner_id = (select app_public.current_user_id())
  )));
create policy agents_own on app_public.agents as restrictive to steward_user
  using (space_id = any (array(select s.id from app_public.spaces s where s.owner_id = (select app_public.current_user_id()))));
create policy agent_notebooks_own on app_public.agent_notebooks as restrictive to steward_user
  using (agent_id = any (array(
    select a.id from app_public.agents a join app_public.spaces s on s.id = a.space_id
    where s.owner_id = (select app_public.current_user_id())
  )));
create policy tenants_own on app_public.tenants as restrictive to steward_user
  using (id = any (array(select t.tenant_id from app_public.tenant_members t where t.user_id = (select app_public.current_user_id()))));
create policy tenant_members_own on app_public.tenant_members as restrictive to steward_user
  using (user_id = (select app_public.current_user_id()));
create policy projects_visible on app_public.projects as restrictive to steward_user
  using (id = any ((select app_public.visible_project_ids())::uuid[]));
create policy project_members_visible on app_public.project_members as restrictive to steward_user
  using (project_id = any ((select app_public.visible_project_ids())::uuid[]));
create policy labels_own on app_public.labels as restrictive to steward_user
  using (user_id = (select app_public.current_user_id()));

-- What belonged to a user who is gone is nobody's, until a purge has removed it.
create policy spaces_owned on app_public.spaces as restrictive to steward_admin
  using (owner_id is not null);
create policy notebooks_owned on app_public.notebooks as restrictive to steward_admin
  using (exists (select from app_public.spaces s where s.id = space_id));
create policy documents_owned on app_public.documents as restrictive to steward_admin
  using (exists (select from app_public.notebooks n where n.id = notebook_id));
create policy agents_owned on app_public.agents as restrictive to steward_admin
  using (exists (select from app_public.spaces s where s.id = space_id));
create policy agent_notebooks_owned on app_public.agent_notebooks as restrictive to steward_admin
  using (exists (select from app_public.agents a where a.id = agent_id));
grant select on all tables in schema app_public to steward_user, steward_admin;

-- For applications. An owner who may not create roles need not have this one: the same may be granted to any role.
do $$
begin
  if to_regrole('steward_application') is null then
    return;
  end if;
  grant usage on schema app_public to steward_application;
  grant select, insert, update, delete
  on app_public.users, app_public.tenants, app_public.tenant_members, app_public.projects, app_public.project_members, app_public.labels
  to steward_application;
  grant select
  on app_public.user_types, app_public.features, app_public.user_type_features, app_public.user_credits, app_public.user_type_assignments,
    app_public.drive_accounts
  to steward_application;
  perform steward.grant_reader('steward_application', all_runs => true, steers => false);
end
$$;

-- A user sees their own runs and those of their projects, an administrator all.
select steward.grant_reader('steward_user', claim => 'jwt.claims.sub', scopes => 'app_public.visible_scopes');
select steward.grant_reader('steward_admin', claim => 'jwt.claims.sub', all_runs => true);
