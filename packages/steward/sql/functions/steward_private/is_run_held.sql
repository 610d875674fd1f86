create or replace function steward_private.is_run_held(run_id uuid)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
declare
  v_is_held boolean;
begin
  -- Locking is writing, which the caller's transaction may not be allowed to.
  if current_setting('transaction_read_only') = 'on' then
    return false;
  end if;
  begin
    perform from steward.runs r where r.id = is_run_held.run_id for no key update skip locked;
    v_is_held := not found;
    raise exception 'let go';
  exception when raise_exception then
    return v_is_held;
  end;
end
$$;

comment on function steward_private.is_run_held(uuid) is
  'Whether another transaction has locked the row of a run. False where it cannot be found out, in a transaction that only reads. For steward.explain_run.';
