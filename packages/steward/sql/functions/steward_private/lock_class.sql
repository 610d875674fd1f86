create or replace function steward_private.lock_class(purpose text)
returns integer
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  case lock_class.purpose
    when 'workers' then return 1398031447; -- a worker's id: held by its session as long as it lives
  end case; -- any other purpose is an error: a lock on null would be none
end
$$;

comment on function steward_private.lock_class(text) is
  'The first of the two keys of every advisory lock of ours, by what the lock is for: the whole table of them. The migrations'' lock alone is none of them, for it comes before this function (src/migrate/lock.ts, one key of 64 bits). Add a purpose here instead of using a number.';
