create or replace function steward_private.take_deliveries()
returns table (alert_id bigint, event text, tries integer, monitor text, target text, message text, raised_at timestamptz, ended_at timestamptz)
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  with due as (
    select d.alert_id, d.event from steward_private.deliveries d
    where d.next_at <= clock_timestamp()
      -- That it ended is told after that it was raised.
      and not (d.event = 'ended' and exists (select from steward_private.deliveries r where r.alert_id = d.alert_id and r.event = 'raised'))
    order by d.alert_id
    limit 10
    for update skip locked
  ),
  taken as (
    update steward_private.deliveries d
    set tries = d.tries + 1, next_at = clock_timestamp() + least(interval '10 seconds' * power(2, least(d.tries, 10)), interval '1 hour')
    from due
    where d.alert_id = due.alert_id and d.event = due.event
    returning d.*
  )
  select t.alert_id, t.event, t.tries, a.monitor, a.target, a.message, a.raised_at, a.ended_at
  from taken t
  join steward.alerts a on a.id = t.alert_id
  order by t.alert_id
$$;

comment on function steward_private.take_deliveries() is
  'Alerts that are due to be told to ALERT_WEBHOOK_URL. Unless it is noted that they were (steward_private.end_delivery), they are due again: after 10 seconds, then twice as long each time, at most an hour. For workers.';
