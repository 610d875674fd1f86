-- The two schemas, the two roles that a request may take, and the one of applications. Roles belong to the whole cluster, so another database may have made them.
-- Locks nothing: all is new.
do $$
declare
  v_role text;
begin
  foreach v_role in array array['steward_user', 'steward_admin', 'steward_application'] loop
    if not exists (select from pg_catalog.pg_roles where rolname = v_role) then
      begin
        execute format('create role %I nologin', v_role);
      exception
        when duplicate_object or unique_violation then null; -- another database of the cluster was quicker
        when insufficient_privilege then
          if v_role <> 'steward_application' then
            raise; -- the other two have to be there
          end if;
      end;
    end if;
  end loop;
end
$$;

create schema app_public;
create schema app_private;

comment on schema app_public is 'What GraphQL shows: every table has row security. Tokens'' roles write through functions only; applications write the tables that they were granted.';
comment on schema app_private is 'Triggers, secrets and templates. No API role can read it.';

grant usage on schema app_public to steward_user, steward_admin;
