create or replace function steward_private.end_delivery(alert_id bigint, event text)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  delete from steward_private.deliveries d where d.alert_id = end_delivery.alert_id and d.event = end_delivery.event
$$;

comment on function steward_private.end_delivery(bigint, text) is 'An alert was told, or is given up. For workers.';
