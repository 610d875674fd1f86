create or replace function app_private.tg_users__start_signup()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning anew at each call would cost more than the work
as $$
declare
  v_user_ids text[];
  v_admin_ids uuid[];
  v_run_ids uuid[];
begin
  with credited as (
    insert into app_public.user_credits (user_id, balance)
    select n.id, (select t.initial_balance from app_public.user_types t where t.is_default) from new_rows n
  ),
  typed as (
    insert into app_public.user_type_assignments (user_id, user_type_id)
    select n.id, (select t.id from app_public.user_types t where t.is_default) from new_rows n
    returning user_id
  )
  select array_agg(t.user_id::text), (select array_agg(n.id) from new_rows n where n.role = 'admin')
  into v_user_ids, v_admin_ids
  from typed t;
  if v_user_ids is null then
    return null;
  end if;

  if v_admin_ids is not null then
    perform app_private.refresh_admins(v_admin_ids);
  end if;
  v_run_ids := steward.start_runs('user_signup', 'app_public.users', v_user_ids, v_user_ids); -- an assignment costs less than a perform
  return null;
end
$$;

comment on function app_private.tg_users__start_signup() is
  'Gives new users their credits and type, makes new admins members of every project, and starts the user_signup runs: all in the transaction of the insert.';

create or replace trigger _900_start_signup
after insert on app_public.users
referencing new table as new_rows
for each statement
execute function app_private.tg_users__start_signup();
