create or replace function app_private.find_violations(since timestamptz)
returns table (violation text, kind text, subject_id text, run_id uuid, step_id bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select 'P6: a project''s status is not that of its provisioning', r.kind, r.subject_id, r.id, null::bigint
  from app_public.projects p
  join lateral (
    select * from steward.runs r
    where r.scope_id = p.id::text and r.kind = 'project_provisioning'
    order by r.created_at desc
    limit 1
  ) r on true
  where p.created_at >= find_violations.since
    and p.status <> 'suspended'
    and p.status <> case r.status when 'succeeded' then 'active' when 'failed' then 'failed' when 'cancelled' then 'failed' else 'provisioning' end::app_public.project_status
    -- It is gone at the provider, whatever its run once said.
    and not (p.status = 'failed' and exists (
      select from app_public.differences d where d.project_id = p.id and d.part = 'project' and d.what = 'existence' and d.ended_at is null offset 0
    ))
  union all
  select 'P1: a project has no provisioning run', 'project_provisioning', p.id::text, null, null
  from app_public.projects p
  where p.created_at >= greatest(find_violations.since, (select steward.kept_since('project_provisioning')))
    and not exists (select from steward.runs r where r.scope_id = p.id::text and r.kind = 'project_provisioning' offset 0)
  union all
  select 'P1: a user has no signup run', 'user_signup', u.id::text, null, null
  from app_public.users u
  where u.created_at >= greatest(find_violations.since, (select steward.kept_since('user_signup')))
    and not exists (select from steward.runs r where r.owner_id = u.id::text and r.kind = 'user_signup' offset 0)
  union all
  select 'P2: a user has no credits or no type', 'user_signup', u.id::text, r.id, null
  from app_public.users u
  left join app_public.user_credits c on c.user_id = u.id
  left join app_public.user_type_assignments t on t.user_id = u.id
  cross join lateral (
    select (array_agg(r.id))[1] as id from steward.runs r where r.owner_id = u.id::text and r.kind = 'user_signup' offset 0
  ) r
  where u.created_at >= find_violations.since
    and (c.user_id is null or t.user_id is null) and r.id is not null
  union all
  select format('P1: the trigger %s of %s is off', t.tgname, t.tgrelid::regclass), null, null, null, null
  from pg_catalog.pg_class c
  join pg_catalog.pg_trigger t on t.tgrelid = c.oid
  where c.relnamespace = 'app_public'::regnamespace and t.tgname ~ '^_[0-9]00_' and t.tgenabled not in ('O', 'A')
  union all
  -- Memberships and what is left of users tell no time: only where everything is looked at.
  select 'P1: a member was never put into the project', 'project_update', p.id::text, null, null
  from app_public.projects p
  where find_violations.since = '-infinity'
    and exists (select from app_private.unsynced_members(array[p.id]))
  union all
  select 'P1: a user is gone without a deletion run', 'user_deletion', a.id::text, null, null
  from app_private.account_ids(null, case when find_violations.since > '-infinity' then 0 end) as a (id)
  where not exists (select from app_public.users u where u.id = a.id offset 0)
    and not exists (select from steward.runs r where r.owner_id = a.id::text and r.kind = 'user_deletion' offset 0)
$$;

comment on function app_private.find_violations(timestamptz) is
  'What breaks a promise of this application, in rows made since then: users and projects without the run that must follow them (their triggers were off, or they came from a restore), without what they must have, or whose status is not that of their run; and, looking at everything, members without the step that puts them into their project, and users who are gone and left accounts behind. Registered with steward.add_check.';
