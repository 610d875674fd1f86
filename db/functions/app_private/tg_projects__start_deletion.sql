create or replace function app_private.tg_projects__start_deletion()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
declare
  v_recent bigint := (select count(*) from old_rows);
  v_must_ask boolean;
begin
  if v_recent = 0 then
    return null;
  end if;
  perform steward_private.cancel_runs(array(
    select r.id from steward.runs r
    where r.scope_id = any (array(select o.id::text from old_rows o)) and r.status::text in ('pending', 'running', 'suspended')
  ));
  -- As with users: so many within a minute, more than a tenth of all, and probably nobody meant it.
  insert into app_private.project_deletions (projects) values (v_recent);
  select sum(d.projects) into v_recent
  from (select d.projects, d.deleted_at from app_private.project_deletions d order by d.id desc limit 200) d
  where d.deleted_at > now() - interval '1 minute';
  v_must_ask := v_recent > 100
    and (select count(*) from (select from app_public.projects limit v_recent * 9) p) < v_recent * 9;
  perform steward.start_runs(
    'project_deletion', 'app_public.projects', array_agg(o.id::text), array_agg(o.created_by::text), array_agg(o.id::text),
    array_agg(
      jsonb_build_object('provider', o.provider, 'region', o.region, 'external_id', o.external_id, 'name', o.name)
      || case when v_must_ask then '{"must_ask": true}' else '{}' end::jsonb
    )
  )
  from old_rows o;
  return null;
end
$$;

comment on function app_private.tg_projects__start_deletion() is
  'Cancels the open runs of deleted projects and starts the run that removes them at the provider; so many that nobody can have meant it wait for an operator.';

create or replace trigger _900_start_deletion
after delete on app_public.projects
referencing old table as old_rows
for each statement
execute function app_private.tg_projects__start_deletion();
