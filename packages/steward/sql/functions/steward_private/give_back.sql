create or replace function steward_private.give_back(step_ids bigint[], leases integer[])
returns bigint[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_nestloop = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_step steward.steps;
  v_held_ids bigint[] := '{}';
begin
  for v_step in
    select s.*
    from steward.steps s
    join unnest(give_back.step_ids, give_back.leases) as h (id, lease) on h.id = s.id and h.lease = s.lease
    where s.id = any (give_back.step_ids) and s.status = 'running'
    order by s.id
    for no key update of s -- waits for a rescue under way
  loop
    perform steward_private.fail_step(v_step.id, v_step.lease, 'release', 'ST408', 'The worker lost its session with the database.');
    v_held_ids := v_held_ids || v_step.id;
  end loop;
  perform steward_private.refund_attempt(g.id, g.lease)
  from unnest(give_back.step_ids, give_back.leases) as g (id, lease)
  where g.id <> all (v_held_ids);
  return v_held_ids;
end
$$;

comment on function steward_private.give_back(bigint[], integer[]) is
  'A worker that lives gives back what its lost session, or somebody else''s lock, ended: attempts of these steps under these leases (arrays of one length), whether others have rescued them or not. They do not count. Returns the steps whose lease was still held. For workers.';
