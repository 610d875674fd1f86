create or replace function app_public.trigger_onboarding(user_id uuid default null)
returns table (run_id uuid, runs integer, has_more boolean)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_after uuid := '00000000-0000-0000-0000-000000000000';
  v_user_ids uuid[];
  v_run_ids uuid[] := '{}';
  v_began timestamptz := clock_timestamp();
begin
  if trigger_onboarding.user_id is not null then
    if not exists (select from app_public.users u where u.id = trigger_onboarding.user_id) then
      raise exception using errcode = 'ST207', message = 'There is no such user.', hint = 'Check the id.';
    end if;
    v_run_ids := app_private.restart_signups(array[trigger_onboarding.user_id], true);
    return query
    select l.run_id, cardinality(v_run_ids), false
    from app_private.latest_signups(array[trigger_onboarding.user_id]) l;
    return;
  end if;

  runs := 0;
  loop
    v_user_ids := array(
      select u.id from app_public.users u where u.id > v_after order by u.id limit 1000
    );
    has_more := v_user_ids <> '{}';
    exit when not has_more;
    -- Within one request: who asks again goes on where this ended, for those served by then have an open run.
    exit when runs >= 10000 or clock_timestamp() - v_began > interval '4 seconds';
    runs := runs + cardinality(app_private.restart_signups(v_user_ids, false));
    v_after := v_user_ids[cardinality(v_user_ids)];
  end loop;
  return next;
end
$$;

comment on function app_public.trigger_onboarding(uuid) is
  E'@behavior -*\nFor admins: gives one user (user_id), or all users, what they lack of a signup: credits and type at once, the rest by a new user_signup run, or by their failed one again (one user''s also when it was cancelled). Who has an open run, or lacks nothing, is left. Returns the run of that one user, how many runs were started or retried, and has_more when there are more users than one request serves: call it again. Raises ST207 when there is no such user.';

grant execute on function app_public.trigger_onboarding(uuid) to steward_admin;
