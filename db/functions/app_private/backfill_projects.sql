create or replace function app_private.backfill_projects(after_id uuid, most integer, is_dry_run boolean default false)
returns table (last_id uuid, projects integer, runs integer)
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
  v_ids uuid[];
  v_lacking app_public.projects[];
  v_lonely app_public.project_members[];
  v_run_ids uuid[];
begin
  v_ids := array(
    select p.id from app_public.projects p
    where p.id > coalesce(backfill_projects.after_id, '00000000-0000-0000-0000-000000000000')
    order by p.id
    limit backfill_projects.most
  );
  last_id := v_ids[cardinality(v_ids)];
  projects := cardinality(v_ids);
  -- One whose run has been forgotten since is none.
  v_lacking := array(
    select p from app_public.projects p
    where p.id = any (v_ids)
      and (p.status in ('pending', 'provisioning') or p.status <> 'suspended' and p.created_at >= steward.kept_since('project_provisioning'))
      and not exists (select from steward.runs r where r.scope_id = p.id::text and r.kind = 'project_provisioning' offset 0)
    order by p.id
  );
  v_lonely := array(select m from app_private.unsynced_members(v_ids) m order by m.project_id, m.user_id);
  runs := cardinality(v_lacking) + (select count(distinct m.project_id) from unnest(v_lonely) m);
  if v_lonely <> '{}' and not backfill_projects.is_dry_run then
    perform app_private.sync_members(array_agg(m.project_id), array_agg(m.user_id)) from unnest(v_lonely) m;
  end if;
  if v_lacking <> '{}' and not backfill_projects.is_dry_run then
    select app_private.start_provisionings(array_agg(l.id), array_agg(l.created_by), array_agg(distinct l.tenant_id))
    into v_run_ids
    from unnest(v_lacking) l;
    runs := runs - cardinality(v_lacking) + cardinality(v_run_ids);
    perform steward_private.lower_priority(v_run_ids);
  end if;
  return next;
end
$$;

comment on function app_private.backfill_projects(uuid, integer, boolean) is
  'One portion of the backfill: at most so many projects whose id follows after_id (null: from the beginning). Those without a provisioning run get it, at low priority; members whom no step puts into the project get theirs. Returns the id to go on after (null: that was all), how many projects were looked at and how many lacked their run or a member''s step. Running it again changes nothing. For npm run backfill.';
