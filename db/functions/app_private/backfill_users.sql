create or replace function app_private.backfill_users(phase text, after_id uuid, most integer, model text default null)
returns table (last_id uuid, users integer, credits integer, types integer, runs integer, onboarded integer)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_user_ids uuid[];
  v_run_ids uuid[];
begin
  v_user_ids := array(
    select u.id from app_public.users u
    where u.id > coalesce(backfill_users.after_id, '00000000-0000-0000-0000-000000000000')
    order by u.id
    limit backfill_users.most
  );
  last_id := v_user_ids[cardinality(v_user_ids)];
  users := cardinality(v_user_ids);
  credits := 0;
  types := 0;
  runs := 0;
  onboarded := 0;

  if backfill_users.phase = 'credits' then
    select b.credits, b.types into credits, types from app_private.give_basics(v_user_ids) b;
  elsif backfill_users.phase in ('runs', 'inline') then
    -- Who was cancelled was so on purpose.
    v_run_ids := app_private.restart_signups(v_user_ids, false);
    runs := cardinality(v_run_ids);
    perform steward_private.lower_priority(v_run_ids);

    if backfill_users.phase = 'inline' then
      v_user_ids := array(
        select l.user_id from app_private.latest_signups(v_user_ids) l
        where l.run_status in ('pending', 'running') and l.step_status <> 'succeeded' and not l.is_at_work
      );
      perform app_private.finish_onboarding(v_user_ids, backfill_users.model);
      onboarded := cardinality(v_user_ids);
    end if;
  elsif backfill_users.phase = 'count' then
    select count(*) filter (where f.lacks_credits), count(*) filter (where f.lacks_type),
      count(*) filter (where f.needs = 'start' or f.needs = 'retry' and f.run_status = 'failed')
    into credits, types, runs
    from app_private.find_lacking(v_user_ids) f;
  end if;
  return next;
end
$$;

comment on function app_private.backfill_users(text, uuid, integer, text) is
  'One portion of the backfill: at most so many users whose id follows after_id (null: from the beginning). Phase credits gives credits and types; runs starts or retries, at low priority, the user_signup runs that are lacking; inline does that and onboards at once (model: the agent''s language model); count only looks. Returns the id to go on after (null: that was all), how many users were looked at and what was given. Running it again changes nothing. For npm run backfill.';
