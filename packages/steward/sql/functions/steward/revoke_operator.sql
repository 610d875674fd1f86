create or replace function steward.revoke_operator(role_name text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  delete from steward_private.operators o where o.role_name = revoke_operator.role_name;
  perform steward_private.apply_operator(revoke_operator.role_name);
end
$$;

comment on function steward.revoke_operator(text) is 'Takes away what steward.grant_operator gave. For the owner.';
