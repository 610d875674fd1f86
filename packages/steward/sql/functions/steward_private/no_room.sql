create or replace function steward_private.no_room()
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set work_mem = '64kB' -- so that the sort below has to write
set jit = off
as $$
begin
  -- Half a megabyte goes to the disk and is gone again, without a row or a table: also where nothing may be written.
  perform from (select md5(n::text) from generate_series(1, 10000) n order by 1 offset 9999) s;
  return null;
exception when disk_full then
  return sqlerrm;
end
$$;

comment on function steward_private.no_room() is
  'What Postgres says when it finds no room on its disk; null while there is some. For steward.explain_run and steward doctor.';
