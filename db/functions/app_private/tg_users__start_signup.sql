create or replace function app_private.tg_users__start_signup()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning anew at each call would cost more than the work
as $$
declare
  v_type_id integer;
  v_balance integer;
  v_user_ids uuid[];
begin
  v_user_ids := array(select id from new_rows);
  if v_user_ids = '{}' then
    return null;
  end if;
  select t.id, t.initial_balance into strict v_type_id, v_balance from app_public.user_types t where t.is_default;

  insert into app_public.user_credits (user_id, balance)
  select u.id, v_balance from unnest(v_user_ids) as u (id);

  insert into app_public.user_type_assignments (user_id, user_type_id)
  select u.id, v_type_id from unnest(v_user_ids) as u (id);

  perform steward.start_runs('user_signup', 'app_public.users', v_user_ids::text[], v_user_ids::text[]);
  return null;
end
$$;

comment on function app_private.tg_users__start_signup() is
  'Gives new users their credits and type, and starts their user_signup runs: all in the transaction of the insert.';

create or replace trigger _900_start_signup
after insert on app_public.users
referencing new table as new_rows
for each statement
execute function app_private.tg_users__start_signup();
