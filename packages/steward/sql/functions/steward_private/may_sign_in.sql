create or replace function steward_private.may_sign_in(lane text, worker_id integer)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_credentials text := (select w.credentials ->> may_sign_in.lane from steward_private.workers w where w.id = may_sign_in.worker_id);
begin
  if not exists (select from steward.refusals r where r.lane = may_sign_in.lane and r.credentials = v_credentials) then
    return null;
  end if;
  -- One asks again, for all that have the same.
  update steward.refusals r
  set open_until = clock_timestamp() + interval '30 seconds'
  where r.lane = may_sign_in.lane and r.credentials = v_credentials and r.open_until <= clock_timestamp();
  return found;
end
$$;

comment on function steward_private.may_sign_in(text, integer) is
  'Null while nobody has refused what the worker signs in with in this lane. Otherwise whether it may try with one step now: then it is true for nobody else for 30 s. For enter_lane.';
