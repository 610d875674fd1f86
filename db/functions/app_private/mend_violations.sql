create or replace function app_private.mend_violations(since timestamptz)
returns table (users integer, projects integer)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
#variable_conflict use_column
declare
  c_most constant integer := 1000;
  v_user_ids uuid[];
  v_projects app_public.projects[];
  v_run_ids uuid[] := '{}';
begin
  v_user_ids := array(
    select v.subject_id::uuid from app_private.find_violations(mend_violations.since) v
    where v.violation like 'P_: a user %' and v.kind = 'user_signup'
    limit c_most
  );
  perform app_private.give_basics(v_user_ids);
  v_run_ids := app_private.start_signups(array(
    select u.id from unnest(v_user_ids) as u (id)
    where not exists (select from steward.runs r where r.owner_id = u.id::text and r.kind = 'user_signup' offset 0)
  ));
  v_projects := array(
    select p from app_public.projects p
    where p.id = any (array(
      select v.subject_id::uuid from app_private.find_violations(mend_violations.since) v
      where v.kind = 'project_provisioning' and v.run_id is null
      limit c_most
    ))
      and p.status <> 'suspended'
    order by p.id
  );
  if v_projects <> '{}' then
    v_run_ids := v_run_ids || (
      select app_private.start_provisionings(array_agg(p.id), array_agg(p.created_by), array_agg(distinct p.tenant_id)) from unnest(v_projects) p
    );
  end if;
  perform steward_private.lower_priority(v_run_ids);
  users := cardinality(v_user_ids);
  projects := cardinality(v_projects);
  return next;
end
$$;

comment on function app_private.mend_violations(timestamptz) is
  'Gives users and projects made since then the runs, credits and types that they lack, a thousand of each at most. Returns how many lacked something. For the nightly sweep.';
