create or replace function app_public.approve_removals(run_ids uuid[] default null)
returns integer
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
  v_run_ids uuid[];
begin
  v_run_ids := array(
    select r.id from steward.runs r
    where r.kind in ('user_deletion', 'project_deletion') and r.status = 'failed' and r.error_code in ('ST217', 'ST512', 'ST619')
      and (approve_removals.run_ids is null or r.id = any (approve_removals.run_ids))
    order by r.created_at
    limit 10000
  );
  update steward.runs r set input = coalesce(r.input, '{}') || '{"is_approved": true}' where r.id = any (v_run_ids);
  return cardinality(steward_private.retry_runs(v_run_ids));
end
$$;

comment on function app_public.approve_removals(uuid[]) is
  E'@behavior -*\nHas removals at the providers go on that stopped because they found more than expected (ST217, ST512, ST619): these runs, or all of them, ten thousand at a time. Returns how many. For administrators, who looked first.';

grant execute on function app_public.approve_removals(uuid[]) to steward_admin;
