-- Who reads what. API roles only read tables; they write through functions that check. Each policy compares an indexed column
-- with a value computed once per statement. Locks nothing: all is new.

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

revoke execute on function app_public.current_user_id(), app_public.visible_project_ids() from public;
grant execute on function app_public.current_user_id(), app_public.visible_project_ids() to steward_user, steward_admin;

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
alter table app_public.runs enable row level security;
alter table app_public.steps enable row level security;

create policy users_own on app_public.users for select to steward_user
  using (id = (select app_public.current_user_id()));
create policy user_types_all on app_public.user_types for select to steward_user using (true);
create policy features_all on app_public.features for select to steward_user using (true);
create policy user_type_features_all on app_public.user_type_features for select to steward_user using (true);
create policy user_credits_own on app_public.user_credits for select to steward_user
  using (user_id = (select app_public.current_user_id()));
create policy user_type_assignments_own on app_public.user_type_assignments for select to steward_user
  using (user_id = (select app_public.current_user_id()));
create policy drive_accounts_own on app_public.drive_accounts for select to steward_user
  using (user_id = (select app_public.current_user_id()));
create policy spaces_own on app_public.spaces for select to steward_user
  using (owner_id = (select app_public.current_user_id()));
create policy notebooks_own on app_public.notebooks for select to steward_user
  using (space_id = any (array(select s.id from app_public.spaces s where s.owner_id = (select app_public.current_user_id()))));
create policy documents_own on app_public.documents for select to steward_user
  using (notebook_id = any (array(
    select n.id from app_public.notebooks n join app_public.spaces s on s.id = n.space_id
    where s.owner_id = (select app_public.current_user_id())
  )));
create policy agents_own on app_public.agents for select to steward_user
  using (space_id = any (array(select s.id from app_public.spaces s where s.owner_id = (select app_public.current_user_id()))));
create policy agent_notebooks_own on app_public.agent_notebooks for select to steward_user
  using (agent_id = any (array(
    select a.id from app_public.agents a join app_public.spaces s on s.id = a.space_id
    where s.owner_id = (select app_public.current_user_id())
  )));
create policy tenants_own on app_public.tenants for select to steward_user
  using (id = any (array(select t.tenant_id from app_public.tenant_members t where t.user_id = (select app_public.current_user_id()))));
create policy tenant_members_own on app_public.tenant_members for select to steward_user
  using (user_id = (select app_public.current_user_id()));
create policy projects_visible on app_public.projects for select to steward_user
  using (id = any ((select app_public.visible_project_ids())::uuid[]));
create policy project_members_visible on app_public.project_members for select to steward_user
  using (project_id = any ((select app_public.visible_project_ids())::uuid[]));
create policy labels_own on app_public.labels for select to steward_user
  using (user_id = (select app_public.current_user_id()));
create policy runs_visible on app_public.runs for select to steward_user
  using (owner_id = (select app_public.current_user_id()) or project_id = any ((select app_public.visible_project_ids())::uuid[]));
create policy steps_visible on app_public.steps for select to steward_user
  using (exists (select from app_public.runs r where r.id = run_id));

create policy users_admin on app_public.users for select to steward_admin using (true);
create policy user_types_admin on app_public.user_types for select to steward_admin using (true);
create policy features_admin on app_public.features for select to steward_admin using (true);
create policy user_type_features_admin on app_public.user_type_features for select to steward_admin using (true);
create policy user_credits_admin on app_public.user_credits for select to steward_admin using (true);
create policy user_type_assignments_admin on app_public.user_type_assignments for select to steward_admin using (true);
create policy drive_accounts_admin on app_public.drive_accounts for select to steward_admin using (true);
create policy spaces_admin on app_public.spaces for select to steward_admin using (true);
create policy notebooks_admin on app_public.notebooks for select to steward_admin using (true);
create policy documents_admin on app_public.documents for select to steward_admin using (true);
create policy agents_admin on app_public.agents for select to steward_admin using (true);
create policy agent_notebooks_admin on app_public.agent_notebooks for select to steward_admin using (true);
create policy tenants_admin on app_public.tenants for select to steward_admin using (true);
create policy tenant_members_admin on app_public.tenant_members for select to steward_admin using (true);
create policy projects_admin on app_public.projects for select to steward_admin using (true);
create policy project_members_admin on app_public.project_members for select to steward_admin using (true);
create policy labels_admin on app_public.labels for select to steward_admin using (true);
create policy runs_admin on app_public.runs for select to steward_admin using (true);
create policy steps_admin on app_public.steps for select to steward_admin using (true);

grant select on all tables in schema app_public to steward_user, steward_admin;
