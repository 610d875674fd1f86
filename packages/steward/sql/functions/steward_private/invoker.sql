create or replace function steward_private.invoker()
returns name
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  -- Inside a security definer function current_user is its owner; these two still tell who called.
  select case when current_setting('role') = 'none' then session_user else current_setting('role') end::name
$$;

comment on function steward_private.invoker() is 'The role that sent the statement, also inside security definer functions. For steward_private.require_run.';
