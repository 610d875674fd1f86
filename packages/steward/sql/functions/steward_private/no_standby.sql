create or replace function steward_private.no_standby()
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select case
    when w.sessions > 0
      then format('%s sessions wait at their commit for a synchronous standby (synchronous_standby_names is ''%s''), one since %s, and none answers',
        w.sessions, current_setting('synchronous_standby_names'), steward_private.clock(w.since))
    when current_setting('synchronous_standby_names') <> '' and current_setting('synchronous_commit') not in ('off', 'local')
      and not exists (select from pg_catalog.pg_stat_replication)
      then format('synchronous_standby_names is ''%s'', and no standby is connected, so that each commit waits for one', current_setting('synchronous_standby_names'))
  end
  from (
    -- Of other roles' sessions it is not seen.
    select count(*) as sessions, min(a.query_start) as since
    from pg_catalog.pg_stat_activity a
    where a.wait_event = 'SyncRep' and a.query_start < clock_timestamp() - interval '2 seconds'
  ) w
$$;

comment on function steward_private.no_standby() is
  'A sentence about commits that wait for a synchronous standby which does not answer; null when none is seen. For steward.explain_run and steward doctor.';
