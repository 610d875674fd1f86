create or replace function steward.mark()
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select h.mark::text from steward_private.home h
$$;

comment on function steward.mark() is
  E'@behavior -*\nWhat this database writes on things that it makes outside, and by which it knows them again: the same after a restore, a move or an upgrade. Null before its first worker has come. For tasks.';
