create or replace function app_private.project_lanes(subject_ids text[], items text[], inputs jsonb[])
returns text[]
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select array_agg(app_private.cloud_lane(coalesce(p.provider, u.input ->> 'provider')) order by u.position)
  from unnest(project_lanes.subject_ids, project_lanes.inputs) with ordinality as u (subject_id, input, position)
  left join lateral (select p.provider from app_public.projects p where p.id = u.subject_id::uuid offset 0) p on true
$$;

comment on function app_private.project_lanes(text[], text[], jsonb[]) is
  'Of steps whose subjects are projects: the lanes of their cloud providers. A project that is gone left its provider in the input. For lifecycles.';
