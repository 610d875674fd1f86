create or replace function steward_private.fence_step(step_id bigint, lease integer)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_run_id uuid;
begin
  -- Rows of the application, runs, steps: in this order everywhere, or two transactions could wait for each other. A batch step leaves its run alone.
  select s.run_id into v_run_id from steward.steps s where s.id = fence_step.step_id and s.item is null;
  if v_run_id is not null then
    perform steward_private.lock_subjects(array[v_run_id]);
    perform from steward.runs r where r.id = v_run_id for no key update;
  end if;

  perform from steward.steps s
  where s.id = fence_step.step_id and s.lease = fence_step.lease and s.status = 'running'
  for no key update;
  if not found then
    raise exception using
      errcode = 'ST404',
      message = 'This attempt has lost its lease; another attempt may be at work.',
      hint = 'Nothing to do: what this attempt would have written is discarded.';
  end if;
end
$$;

comment on function steward_private.fence_step(bigint, integer) is
  'Raises ST404 unless the lease is still held, and keeps it held until this transaction ends. End with it whatever a task writes: rows of the application are locked before runs and steps. For workers.';
