create or replace function app_private.check_gates(names text[])
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
begin
  if current_setting('transaction_isolation') = 'read committed' then
    return; -- each statement sees what was committed before it
  end if;
  -- A lock on what was changed since the snapshot is an error. The subtransaction lets the locks go again.
  begin
    perform from app_private.gates g
    where g.name = any (check_gates.names)
    for share skip locked;
    raise exception using errcode = 'P0001', message = 'nobody has passed';
  exception
    when raise_exception then null;
  end;
end
$$;

comment on function app_private.check_gates(text[]) is
  'Fails with 40001 if anybody has passed the gates since the snapshot of a transaction that is not READ COMMITTED: for whoever has locked what they might have changed, and so need not close the gates, but reads what is not so any more. For triggers and mutations.';
