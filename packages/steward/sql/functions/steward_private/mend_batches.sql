create or replace function steward_private.mend_batches(
  after uuid default '00000000-0000-0000-0000-000000000000',
  out ended uuid[],
  out next_after uuid
)
returns record
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_bitmapscan = off -- a slice in the order of the index
set jit = off
as $$
declare
  v_slice constant integer := 2000;
  v_most constant integer := 200;
  v_run_ids uuid[];
  v_complete_ids uuid[];
  v_stuck_ids uuid[];
begin
  ended := '{}';
  if not steward_private.take_turn('mend') then
    return;
  end if;

  select
    array_agg(b.run_id order by b.run_id),
    array_agg(b.run_id order by b.run_id) filter (where b.is_complete)
  into v_run_ids, v_complete_ids
  from (
    select p.run_id, sum(p.done + p.failed) >= sum(p.total) as is_complete
    from steward_private.batch_progress p
    where p.run_id > mend_batches.after
    group by p.run_id
    order by p.run_id
    limit v_slice
  ) b;

  -- Most runs with a complete batch are busy with something else. One that nobody looked at has nothing under way, or holds a step
  -- that waits for nothing.
  v_stuck_ids := array(
    select c.id
    from unnest(v_complete_ids) as c (id)
    where not exists (
        select from steward.steps s
        where s.run_id = c.id and s.status in ('waiting', 'queued', 'running', 'retrying')
        offset 0
      )
      or exists (
        select
        from steward.steps s
        where s.run_id = c.id and s.status = 'waiting'
          and not exists (
            select from steward.steps p
            where p.run_id = s.run_id and p.name = any (s.after) and p.status in ('waiting', 'queued', 'running', 'retrying')
            offset 0
          )
        offset 0
      )
    order by c.id
    limit v_most
  );
  ended := steward_private.advance_runs(steward_private.lock_free_runs(v_stuck_ids));

  next_after := case
    when cardinality(v_stuck_ids) = v_most then v_stuck_ids[v_most]
    when cardinality(v_run_ids) = v_slice then v_run_ids[v_slice]
  end;
end
$$;

comment on function steward_private.mend_batches(uuid, out uuid[], out uuid) is
  'Ends or advances runs whose batch is complete and whose last worker died between its commit and its look. Looks at the next two thousand runs with a batch after the given one, passes over what is locked, and returns the runs that ended and where to go on; null: from the beginning. For every worker, each few seconds.';
