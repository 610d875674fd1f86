create or replace function app_private.account_lanes(subject_ids text[], items text[], inputs jsonb[])
returns text[]
language sql
immutable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select array_agg(case when u.item <> 'all' then app_private.cloud_lane(u.item) end order by u.position)
  from unnest(account_lanes.items) with ordinality as u (item, position)
$$;

comment on function app_private.account_lanes(text[], text[], jsonb[]) is
  'Of steps about users'' accounts at cloud providers, which are their items: the providers'' lanes. The item all is openstack. For lifecycles.';
