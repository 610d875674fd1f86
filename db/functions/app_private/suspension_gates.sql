create or replace function app_private.suspension_gates(project_ids uuid[])
returns text[]
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(distinct 'suspension ' || abs(hashtext(p.id::text) % 64)), '{}')
  from unnest(suspension_gates.project_ids) as p (id)
$$;

comment on function app_private.suspension_gates(uuid[]) is
  'The gates of projects: passed while their members change, closed while one of them is suspended or resumed. A few for all, so that a change in many projects passes few. For app_private.sync_members and mutations.';
