create or replace function steward_private.wake_drains(lanes text[])
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  select pg_notify('steward_backlog', l.name) from unnest(wake_drains.lanes) as l (name)
$$;

comment on function steward_private.wake_drains(text[]) is
  'Tells every worker, when this transaction commits, that there is work in these lanes'' backlogs. One that does not hear it looks within a second. For the engine.';
