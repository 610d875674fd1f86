create or replace function app_private.cloud_lane(provider text)
returns text
language sql
immutable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select case cloud_lane.provider when 'openstack' then 'cloud' else 'cloud/' || cloud_lane.provider end
$$;

comment on function app_private.cloud_lane(text) is
  'The lane of the steps at a cloud provider: each has its own, with a circuit of its own.';
