create or replace function app_private.set_cloud_regions(provider text, regions text[])
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  delete from app_private.cloud_regions c
  where c.provider = set_cloud_regions.provider and c.region <> all (set_cloud_regions.regions);

  insert into app_private.cloud_regions (provider, region)
  select set_cloud_regions.provider, r.region from unnest(set_cloud_regions.regions) as r (region)
  on conflict do nothing;
$$;

comment on function app_private.set_cloud_regions(text, text[]) is
  'Notes where a provider can have projects, so that an insert can refuse others. For workers of the version before app_private.set_clouds, when they start.';
