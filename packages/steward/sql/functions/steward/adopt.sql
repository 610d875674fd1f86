create or replace function steward.adopt(instance text)
returns bigint
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_waiting bigint;
  v_lanes text[];
begin
  insert into steward_private.home (system_identifier, database_oid, database_name, instance)
  select c.system_identifier, d.oid, d.datname, adopt.instance
  from pg_control_system() c
  join pg_database d on d.datname = current_database()
  on conflict (is_only) do update
  set
    system_identifier = excluded.system_identifier,
    database_oid = excluded.database_oid,
    database_name = excluded.database_name,
    instance = excluded.instance,
    adopted_at = excluded.adopted_at,
    adopted_by = excluded.adopted_by;

  update steward.lanes l
  set down_since = null, open_until = null, probe_until = null, error_code = null, error_message = null
  where l.is_outside and l.error_code = 'ST834';

  v_lanes := array(select l.name from steward.lanes l where l.is_outside);
  update steward.steps s
  set ready_at = clock_timestamp()
  where s.is_backlog and s.lane = any (v_lanes) and s.status = 'retrying' and s.error_code = 'ST834';
  select count(*) into v_waiting from steward.steps s where s.is_backlog and s.lane = any (v_lanes);
  perform steward_private.wake_drains(v_lanes);
  return v_waiting;
end
$$;

comment on function steward.adopt(text) is
  'Makes this database, wherever it is, the one whose workers (of this instance, null: without one) change what lies outside. What waited for it goes on. Returns how many steps that are. For steward adopt.';
