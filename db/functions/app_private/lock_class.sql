create or replace function app_private.lock_class(purpose text)
returns integer
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  case lock_class.purpose
    when 'suspension' then return 1398031448; -- app_private.suspension_key: exclusive while a project is suspended or resumed, shared while its members change
    when 'administrators' then return 1398031451; -- 0: exclusive while an administrator changes, shared while a project is made
  end case; -- any other purpose is an error: a lock on null would be none
end
$$;

comment on function app_private.lock_class(text) is
  'The first of the two keys of every advisory lock of this application, by what the lock is for: the whole table of them. The engine has its own, steward_private.lock_class. Add a purpose here instead of using a number.';
