create or replace function app_private.leave_clouds(run_ids uuid[])
returns uuid[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
begin
  -- Also where we know of no account: a worker may have made one, and died before it noted it.
  perform steward.request_steps(array_agg(r.id), 'cloud_remove_at', array_agg(c.provider))
  from unnest(leave_clouds.run_ids) as r (id)
  cross join (
    select provider from app_private.cloud_regions where provider <> 'openstack'
    union
    select a.provider
    from steward.runs d
    join app_private.cloud_users a on a.user_id = d.subject_id::uuid and a.provider <> 'openstack'
    where d.id = any (leave_clouds.run_ids)
  ) c
  having count(*) > 0;
  return leave_clouds.run_ids;
end
$$;

comment on function app_private.leave_clouds(uuid[]) is
  'Has these user_deletion runs remove the accounts at cloud providers other than openstack too, which has a step in each. Returns the runs. For what starts them.';
