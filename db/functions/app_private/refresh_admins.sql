create or replace function app_private.refresh_admins(user_ids uuid[])
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
begin
  -- Projects that are being made at this moment are waited for, and those to come see who is an admin.
  perform app_private.close_gates('{administrators}');
  perform app_private.refresh_project_members(array_agg(p.id), array_agg(u.id))
  from app_public.projects p cross join unnest(refresh_admins.user_ids) as u (id)
  having count(*) > 0;
end
$$;

comment on function app_private.refresh_admins(uuid[]) is
  'Makes users who have become admins members of every project; those who have ceased to be admins stay only where another reason holds. For triggers.';
