create or replace function steward_private.held_leases(worker_id integer)
returns table (step_id bigint, lease integer)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  update steward_private.workers w
  set seen_at = now()
  where w.id = held_leases.worker_id and not w.uses_lock;
  if not exists (select from steward_private.workers w where w.id = held_leases.worker_id) then
    raise exception using
      errcode = 'ST404',
      message = 'This worker was taken for gone; its steps are with others now.',
      hint = 'Join again under a new id.';
  end if;
  return query
  select s.id, case when s.status = 'running' then s.lease end
  from steward.steps s
  where s.worker_id = held_leases.worker_id;
end
$$;

comment on function steward_private.held_leases(integer) is
  'What a worker still holds: leases, and attempts that were called off (lease null); raises ST404 when it was taken for gone. The worker''s heartbeat, each second.';
