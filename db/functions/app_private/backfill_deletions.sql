create or replace function app_private.backfill_deletions(after_id uuid, most integer, is_dry_run boolean default false)
returns table (last_id uuid, accounts integer, runs integer)
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
  v_ids uuid[] := array(select app_private.account_ids(backfill_deletions.after_id, backfill_deletions.most));
  v_run_ids uuid[];
begin
  last_id := v_ids[cardinality(v_ids)];
  accounts := cardinality(v_ids);
  v_ids := array(
    select a.id
    from unnest(v_ids) as a (id)
    where not exists (select from app_public.users u where u.id = a.id offset 0)
      and not exists (select from steward.runs r where r.owner_id = a.id::text and r.kind = 'user_deletion' offset 0)
  );
  runs := cardinality(v_ids);
  if runs > 0 and not backfill_deletions.is_dry_run then
    v_run_ids := app_private.start_deletions(v_ids);
    runs := cardinality(v_run_ids);
    perform steward_private.lower_priority(v_run_ids);
  end if;
  return next;
end
$$;

comment on function app_private.backfill_deletions(uuid, integer, boolean) is
  'One portion of the backfill: at most so many ids of credits and accounts that follow after_id (null: from the beginning). For those whose user is gone without a deletion run that run is started, at low priority. Returns the id to go on after (null: that was all), how many ids were looked at and how many lacked their run. Running it again changes nothing. For npm run backfill and the nightly sweep.';
