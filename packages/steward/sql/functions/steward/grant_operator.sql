create or replace function steward.grant_operator(role_name text, steers boolean default false)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  if not exists (select from pg_catalog.pg_roles r where r.rolname = grant_operator.role_name) then
    raise exception using errcode = 'ST423', message = format('There is no role %s.', quote_literal(grant_operator.role_name));
  end if;
  insert into steward_private.operators as o (role_name, steers)
  values (grant_operator.role_name, grant_operator.steers)
  on conflict (role_name) do update set steers = excluded.steers;
  perform steward_private.apply_operator(grant_operator.role_name);
end
$$;

comment on function steward.grant_operator(text, boolean) is
  'Lets a role look at everything in the schema steward (an observer), and with steers also retry, cancel, suspend, resume, reprioritise, pause, unpause and release_worker (a DBA). It sees no secret, and nothing of the application''s. ST423: there is no such role. For the owner.';
