create or replace function steward.grant_reader(
  role_name text,
  claim text default null,
  scopes text default null,
  all_runs boolean default false,
  steers boolean default true
)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  if not exists (select from pg_catalog.pg_roles r where r.rolname = grant_reader.role_name) then
    raise exception using errcode = 'ST423', message = format('There is no role %s.', quote_literal(grant_reader.role_name));
  end if;
  if grant_reader.claim is null and not grant_reader.all_runs then
    raise exception using
      errcode = 'ST423',
      message = 'A role that does not see all runs needs a claim: the setting that says who reads.',
      hint = format('select steward.grant_reader(%L, claim => ''jwt.claims.sub'');', grant_reader.role_name);
  end if;
  insert into steward_private.readers as r (role_name, claim, scopes, all_runs, steers)
  values (
    grant_reader.role_name, grant_reader.claim, steward_private.check_hook(grant_reader.scopes, '', 'text[]'), grant_reader.all_runs, grant_reader.steers
  )
  on conflict (role_name) do update
  set claim = excluded.claim, scopes = excluded.scopes, all_runs = excluded.all_runs, steers = excluded.steers;
  perform steward_private.apply_reader(grant_reader.role_name);
end
$$;

comment on function steward.grant_reader(text, text, text, boolean, boolean) is
  'Lets a role read runs and steps, and (steers) retry and cancel runs. Either all of them (all_runs), or those whose owner_id is the value of the setting named by claim, and those whose scope_id is among what the function scopes returns. Set the claim for each transaction, from a token that you have verified. ST423 when there is no such role, or nothing says who reads. For the owner.';
