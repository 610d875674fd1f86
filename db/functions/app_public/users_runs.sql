create or replace function app_public.users_runs(u app_public.users)
returns setof steward.runs
language sql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select r.* from steward.runs r where r.owner_id = u.id::text
$$;

comment on function app_public.users_runs(app_public.users) is
  E'@behavior +filter +order\nWhat has followed for the user: the runs that they own. For whom row security shows them.';

grant execute on function app_public.users_runs(app_public.users) to steward_user, steward_admin;
