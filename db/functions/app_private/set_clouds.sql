create or replace function app_private.set_clouds(clouds jsonb)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  insert into steward.lanes (name, is_outside)
  select app_private.cloud_lane(c.provider), true
  from jsonb_to_recordset(set_clouds.clouds) as c (provider text)
  on conflict do nothing;

  update steward.lanes l
  set remark = c.remark
  from jsonb_to_recordset(set_clouds.clouds) as c (provider text, remark text)
  where l.name = app_private.cloud_lane(c.provider) and l.remark is distinct from c.remark;

  delete from app_private.cloud_regions r
  where not exists (
    select from jsonb_to_recordset(set_clouds.clouds) as c (provider text, regions text[])
    where c.provider = r.provider and r.region = any (c.regions)
  );

  insert into app_private.cloud_regions (provider, region)
  select c.provider, g.region
  from jsonb_to_recordset(set_clouds.clouds) as c (provider text, regions text[])
  cross join unnest(c.regions) as g (region)
  on conflict do nothing;
$$;

comment on function app_private.set_clouds(jsonb) is
  'Gives each cloud of an array of {provider, regions, remark} its lane, with the remark, and notes where projects can be, so that an insert can refuse others. For workers, when they start.';
