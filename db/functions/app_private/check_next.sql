create or replace function app_private.check_next(requests integer)
returns table (users integer, projects integer)
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
begin
  delete from app_public.differences d where d.ended_at < now() - interval '90 days';
  -- A user costs one request at the drive and one at the cloud.
  v_user_ids := array(
    select a.user_id from app_public.drive_accounts a
    order by a.checked_at nulls first, a.user_id
    limit greatest(check_next.requests / 4, 1)
  );
  -- A project costs two, and one for each member with a key.
  v_project_ids := array(
    select c.id
    from (
      select p.id, sum(2 + k.keys) over (order by p.checked_at nulls first, p.id rows unbounded preceding) - (2 + k.keys) as before
      from (
        select p.id, p.checked_at from app_public.projects p
        where p.external_id is not null
        order by p.checked_at nulls first, p.id
        limit greatest(check_next.requests / 4, 1)
      ) p
      cross join lateral (select count(*) as keys from app_private.cloud_credentials k where k.project_id = p.id offset 0) k
    ) c
    where c.before < greatest(check_next.requests / 2, 1)
  );
  perform app_private.start_checks(v_user_ids, v_project_ids, '{}');
  users := cardinality(v_user_ids);
  projects := cardinality(v_project_ids);
  return next;
end
$$;

comment on function app_private.check_next(integer) is
  'Starts the runs that compare those users and projects with the providers who were not for the longest time, so many that they cost about so many requests: half of them for users, half for projects. Forgets differences that ended 90 days ago. For the nightly pass.';
