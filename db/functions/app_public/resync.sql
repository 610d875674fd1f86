create or replace function app_public.resync(
  user_id uuid default null,
  project_id uuid default null,
  provider text default null,
  is_dry_run boolean default false,
  is_remade boolean default null,
  after_id uuid default null
)
returns table (run_ids uuid[], last_id uuid)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_user_ids uuid[];
  v_project_ids uuid[];
  v_after uuid := coalesce(resync.after_id, '00000000-0000-0000-0000-000000000000');
begin
  if resync.user_id is not null and not exists (select from app_public.users u where u.id = resync.user_id) then
    raise exception using errcode = 'ST207', message = 'There is no such user.', hint = 'Check the id.';
  end if;
  if resync.project_id is not null and not exists (select from app_public.projects p where p.id = resync.project_id) then
    raise exception using errcode = 'ST309', message = 'There is no such project.', hint = 'Check the id.';
  end if;
  if resync.provider <> 'drive' and exists (select from app_private.cloud_regions)
    and not exists (select from app_private.cloud_regions c where c.provider = resync.provider)
  then
    raise exception using
      errcode = 'ST301', column = 'provider', message = format('There is no provider %s.', quote_literal(left(resync.provider, 100))),
      hint = 'Name drive, or one of the cloud providers that Steward is configured for.';
  end if;
  if resync.user_id is not null or resync.project_id is not null then
    v_user_ids := array_remove(array[resync.user_id], null);
    v_project_ids := array_remove(array[resync.project_id], null);
  else
    select
      coalesce(array_agg(n.id) filter (where n.is_user), '{}'),
      coalesce(array_agg(n.id) filter (where not n.is_user and (resync.provider is null or n.provider = resync.provider)), '{}'),
      (array_agg(n.id order by n.id desc))[1]
    into v_user_ids, v_project_ids, last_id
    from (
      (select u.id, true as is_user, null as provider from app_public.users u where u.id > v_after order by u.id limit 1000)
      union all
      (select p.id, false, p.provider from app_public.projects p where p.id > v_after order by p.id limit 1000)
      order by id
      limit 1000
    ) n;
  end if;
  -- A look alone that is under way mends nothing.
  if not resync.is_dry_run then
    perform steward_private.cancel_runs(array(
      select r.id from steward.runs r
      where r.kind in ('user_check', 'project_check') and r.subject_id = any ((v_user_ids || v_project_ids)::text[])
        and r.status in ('pending', 'running', 'suspended') and (r.input ->> 'is_dry_run')::boolean
    ));
  end if;
  run_ids := app_private.start_checks(v_user_ids, v_project_ids, jsonb_strip_nulls(jsonb_build_object(
    'provider', resync.provider, 'is_dry_run', resync.is_dry_run, 'is_remade', resync.is_remade
  )));
  return next;
end
$$;

comment on function app_public.resync(uuid, uuid, text, boolean, boolean, uuid) is
  E'@behavior -*\nCompares one user, one project, or all of both (a thousand at a time: call it again with the last_id it returned, until that is null) with the providers, or with one of them (drive, or a cloud provider''s name), and has what differs mended; is_dry_run: only looks; one that mends takes the place of such a look that is under way. is_remade: whether what is gone is made again or counts as lost; null: as the workers are configured. Returns the runs that do it; what they find is in app_public.differences. Raises ST207, ST301, ST309. For administrators.';

grant execute on function app_public.resync(uuid, uuid, text, boolean, boolean, uuid) to steward_admin;
