create or replace function app_private.sync_members(project_ids uuid[], user_ids uuid[])
returns void
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
  v_project_ids uuid[];
  v_runless_ids uuid[];
  v_started_ids uuid[];
begin
  v_project_ids := array(
    select p.id from app_public.projects p where p.id = any (sync_members.project_ids) order by p.id
  );

  -- Whoever suspends or resumes one of them comes before this or after it. Not by the projects' rows: who deletes one holds it while
  -- waiting for the members' rows, which this transaction has written. Before the runs, which they want next.
  perform app_private.pass_gates(app_private.suspension_gates(v_project_ids));

  -- The provisioning run takes what comes while it is open; later changes have a run of their own. Once locked, a run cannot
  -- end before this transaction does; until then it may end under our eyes, so look again after each attempt to make one.
  loop
    perform from steward.runs r
    where r.kind in ('project_provisioning', 'project_update') and r.subject_id = any (v_project_ids::text[])
      and r.status in ('pending', 'running', 'suspended')
    order by r.id
    for share;

    v_runless_ids := array(
      select p.id
      from unnest(v_project_ids) as p (id)
      where not exists (
        select from steward.runs r
        where r.kind in ('project_provisioning', 'project_update') and r.subject_id = p.id::text
          and r.status in ('pending', 'running', 'suspended')
        offset 0
      )
      order by p.id
    );
    exit when v_runless_ids = '{}';

    v_started_ids := steward.start_runs(
      'project_update', 'app_public.projects', v_runless_ids::text[],
      array(select p.created_by::text from app_public.projects p where p.id = any (v_runless_ids) order by p.id),
      v_runless_ids::text[]
    );
    perform steward_private.suspend_runs(array(
      select r.id from steward.runs r
      where r.id = any (v_started_ids)
        and exists (select from app_public.projects p where p.id = r.subject_id::uuid and p.status = 'suspended' offset 0)
    ));
  end loop;

  perform steward.request_steps(array_agg(o.run_id), 'sync_member', array_agg(u.user_id::text))
  from unnest(sync_members.project_ids, sync_members.user_ids) as u (project_id, user_id)
  join lateral (
    select (array_agg(r.id order by r.kind))[1] as run_id -- project_provisioning first
    from steward.runs r
    where r.kind in ('project_provisioning', 'project_update') and r.subject_id = u.project_id::text
      and r.status in ('pending', 'running', 'suspended')
  ) o on o.run_id is not null
  where exists (select from app_public.projects p where p.id = u.project_id offset 0);
end
$$;

comment on function app_private.sync_members(uuid[], uuid[]) is
  'Has the provider brought into line for each pair of project and user (arrays of one length), in the project''s open run or a new one. For triggers.';
