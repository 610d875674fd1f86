create or replace function steward_private.trigger_name(of_table regclass, event text)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  -- The oid keeps names apart that are the same once cut to 63 bytes.
  select format(
    'tg_%s__%s_%s',
    left(regexp_replace(lower(c.relname), '[^a-z0-9_]', '_', 'g'), 30), c.oid, trigger_name.event
  )
  from pg_catalog.pg_class c
  where c.oid = trigger_name.of_table
$$;

comment on function steward_private.trigger_name(regclass, text) is 'The name in steward_private of the trigger function for a table and an event. For attachments.';
