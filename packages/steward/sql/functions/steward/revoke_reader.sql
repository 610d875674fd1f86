create or replace function steward.revoke_reader(role_name text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  delete from steward_private.readers r where r.role_name = revoke_reader.role_name;
  perform steward_private.apply_reader(revoke_reader.role_name);
end
$$;

comment on function steward.revoke_reader(text) is 'Takes from a role what steward.grant_reader gave it. For the owner.';
