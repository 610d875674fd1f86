create or replace function steward_private.is_row_held(step_id bigint, job_id bigint)
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
    perform from steward.steps s where s.id = is_row_held.step_id for update skip locked;
    v_is_held := not found;
    if is_row_held.job_id is not null then
      perform from graphile_worker._private_jobs j where j.id = is_row_held.job_id for update skip locked;
      v_is_held := v_is_held or not found;
    end if;
    raise exception 'let go'; -- of both
  exception when raise_exception then
    return v_is_held;
  end;
end
$$;

comment on function steward_private.is_row_held(bigint, bigint) is
  'Whether another transaction has locked the row of a step or of its job (null: it has none). False where it cannot be found out, in a transaction that only reads. For steward.explain_run.';
