create or replace function steward.renew_mark()
returns text
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  update steward_private.home h set mark = gen_random_uuid() returning h.mark::text
$$;

comment on function steward.renew_mark() is
  E'@behavior -*\nMakes a copy another database than the one it was copied from: what that one made outside is not this one''s any more. For whoever sets up staging, before steward adopt. Returns the new mark.';
