create or replace function app_private.suspension_key(project_id uuid)
returns integer
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select abs(hashtext(suspension_key.project_id::text) % 64)
$$;

comment on function app_private.suspension_key(uuid) is
  'Which advisory lock of the class suspension is a project''s: exclusive while it is suspended or resumed, shared while its members change. A few for all, because the locks of one transaction are bounded. For app_private.sync_members and mutations.';
