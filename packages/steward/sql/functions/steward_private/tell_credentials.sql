create or replace function steward_private.tell_credentials(worker_id integer, credentials jsonb)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  update steward_private.workers w set credentials = tell_credentials.credentials where w.id = tell_credentials.worker_id;
  delete from steward.refusals r
  where not exists (select from steward_private.workers w where w.credentials ->> r.lane = r.credentials);
  -- Everybody's were refused there until now. These may be the right ones: they need not wait.
  update steward.lanes l
  set open_until = clock_timestamp()
  where l.open_until > clock_timestamp()
    and tell_credentials.credentials ? l.name
    and exists (select from steward.refusals r where r.lane = l.name and r.error_code = l.error_code)
    and not exists (
      select from steward.refusals r where r.lane = l.name and r.credentials = tell_credentials.credentials ->> l.name
    );
end
$$;

comment on function steward_private.tell_credentials(integer, jsonb) is
  'Notes what a worker signs in with: lane to fingerprint. Forgets refusals of what no worker has any more. For workers, when they join.';
