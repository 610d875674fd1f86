create or replace function app_public.ensure_onboarded_now(model text, user_id uuid default null)
returns table (
  run_id uuid, run_status steward.run_status, missing text[], error_code text, error_message text, retry_ms integer
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '250ms'
as $$
#variable_conflict use_column
declare
  v_user_id uuid := coalesce(ensure_onboarded_now.user_id, app_public.current_user_id());
  v_signup record;
  v_part text;
  v_retry_ms integer;
  v_error_code text;
  v_error_message text;
begin
  if v_user_id is distinct from app_public.current_user_id() and not app_private.is_admin() then
    raise exception using errcode = 'ST102', message = 'You may not do this.', hint = 'Ask an administrator.';
  end if;

  select l.*, app_private.onboarding_missing(v_user_id) as missing
  into v_signup
  from app_private.latest_signups(array[v_user_id]) l;
  if v_signup.user_id is null then
    return; -- deleted, or never there
  end if;

  if v_signup.is_at_work
    or v_signup.missing = '{}' and (v_signup.step_status = 'succeeded' or v_signup.run_status in ('suspended', 'cancelled'))
  then
    return query
    select v_signup.run_id, v_signup.run_status, v_signup.missing, v_signup.error_code, v_signup.error_message,
      case when v_signup.missing <> '{}' then 20 end;
    return;
  end if;

  -- In two parts, so that a user without a run keeps the new one, with the reason in it, when the rest goes wrong.
  foreach v_part in array '{start,finish}'::text[] loop
    begin
      if v_part = 'finish' then
        perform app_private.finish_onboarding(array[v_user_id], ensure_onboarded_now.model);
      elsif v_signup.run_id is null then
        perform app_private.start_signups(array[v_user_id]);
      end if;
    exception
      when serialization_failure or deadlock_detected or lock_not_available then
        v_retry_ms := 20;
      when query_canceled then
        -- A statement that ran into the time limit. Otherwise the client has gone, and so may we.
        if current_setting('statement_timeout') = '0'
          or clock_timestamp() - statement_timestamp() < 0.9 * current_setting('statement_timeout')::interval
        then
          raise;
        end if;
        v_error_code := 'ST401';
        v_error_message := 'The step took longer than its timeout.';
      when others then
        raise log 'onboarding of user % during a login failed: % (%)', v_user_id, sqlerrm, sqlstate;
        v_error_code := case when sqlstate ~ '^ST' then sqlstate else 'ST403' end;
        v_error_message := case when sqlstate ~ '^ST' then sqlerrm else 'The step failed for a reason that is in the log.' end;
    end;
    exit when v_retry_ms is not null or v_error_code is not null;
  end loop;
  if v_error_code is not null then
    begin
      perform app_private.defer_onboarding(v_user_id, v_error_code, v_error_message);
    exception when lock_not_available or deadlock_detected then
      null; -- Whoever holds the run will say how it stands.
    end;
  end if;

  return query
  select l.run_id, l.run_status, app_private.onboarding_missing(v_user_id),
    coalesce(v_error_code, l.error_code), coalesce(v_error_message, l.error_message), v_retry_ms
  from app_private.latest_signups(array[v_user_id]) l;
end
$$;

comment on function app_public.ensure_onboarded_now(text, uuid) is
  E'@behavior -*\nFinishes the onboarding of the user who asks (or user_id, for admins) in this statement, unless a worker has it. Never fails because onboarding failed: it returns the user''s latest user_signup run as it stands, the pieces still missing and why, or no row when there is no such user. retry_ms: somebody else is at it, ask again after so many milliseconds; null: asking again at once would not help. model: the language model of the agent. Takes until statement_timeout at most, which the caller sets.';

grant execute on function app_public.ensure_onboarded_now(text, uuid) to steward_user, steward_admin;
