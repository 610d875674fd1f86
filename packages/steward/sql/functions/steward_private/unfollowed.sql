create or replace function steward_private.unfollowed(subject_table text)
returns text
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce((
    select format(' Beside that: %s of %s starts no run at present, for its trigger is missing or off: npx steward migrate makes it again; one that is off has to be turned on (enable trigger).',
      string_agg(e.event, ', ' order by e.event), unfollowed.subject_table)
    from steward.attachments a
    cross join lateral (
      values ('insert', a.on_insert), ('update', a.on_update), ('delete', a.on_delete), ('truncate', a.on_delete)
    ) e (event, kind)
    where a.table_name = unfollowed.subject_table and e.kind is not null
      and not exists (
        select from pg_catalog.pg_trigger t
        where t.tgrelid = a.table_id and t.tgname = '_900_steward_' || e.event and t.tgenabled in ('O', 'A')
      )
    having count(*) > 0
  ), '')
$$;

comment on function steward_private.unfollowed(text) is
  'A sentence about changes of an attached table that start nothing, for their trigger is missing or off; empty where all is well. For steward.explain_run.';
