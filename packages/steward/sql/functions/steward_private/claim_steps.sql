create or replace function steward_private.claim_steps(of_lane text, in_flight integer, worker_id integer)
returns table (
  step_id bigint, lease integer, run_id uuid, kind text, name text, item text, task text, lane text,
  subject_table text, subject_id text, scope_id text, input jsonb, attempt smallint, timeout_ms integer
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why: the first few in the order of the index are wanted, not all of them sorted
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_free integer;
  v_allowed integer;
  v_tasks text[];
  v_priorities smallint[];
  v_step_ids bigint[] := '{}';
  v_begun integer;
begin
  select least(l.at_once - claim_steps.in_flight, case when l.places is not null then steward_private.free_places(l.name) end) -- least() passes over a null
  into v_free
  from steward.lanes l where l.name = claim_steps.of_lane;
  if coalesce(v_free, 0) <= 0 then -- null: no such lane
    return;
  end if;
  select array_agg(b.task), array_agg(b.priority) into v_tasks, v_priorities
  from steward_private.due_backlog(claim_steps.of_lane, claim_steps.worker_id) b;
  if v_tasks is null then
    return; -- an empty backlog must not use up the one probe that an open circuit lets through
  end if;
  v_allowed := steward_private.enter_lane(claim_steps.of_lane, claim_steps.worker_id);
  v_free := least(v_free, v_allowed);

  for i in 1 .. cardinality(v_tasks) loop
    exit when cardinality(v_step_ids) >= v_free;
    v_step_ids := v_step_ids || array(
      select s.id
      from steward.steps s
      where s.is_backlog and s.lane = claim_steps.of_lane and s.task = v_tasks[i] and s.priority = v_priorities[i]
        and s.ready_at <= clock_timestamp() and s.worker_id is null
      order by s.ready_at, s.id
      limit v_free - cardinality(v_step_ids)
      for no key update skip locked
    );
  end loop;

  return query select * from steward_private.begin_steps(v_step_ids, claim_steps.worker_id);
  get diagnostics v_begun = row_count;
  if v_allowed = 1 then
    perform steward_private.note_probe(claim_steps.of_lane, case when v_begun > 0 then v_step_ids[1] end);
  end if;
  if v_begun < cardinality(v_step_ids) then
    -- What nobody may begin, or nobody while its lifecycle is paused, would be claimed again and again, before everything else.
    update steward.steps s
    set is_backlog = false
    where s.id = any (v_step_ids) and s.is_backlog
      and not exists (
        select from steward.runs r
        where r.id = s.run_id and r.status::text in ('pending', 'running')
          and not exists (select from steward.pauses p where p.what = 'lifecycle' and p.name = r.kind)
        offset 0
      );
  end if;
end
$$;

comment on function steward_private.claim_steps(text, integer, integer) is
  'Begins steps out of a lane''s backlog whose tasks the worker has, the most urgent first: as many as the lane allows a worker beside the in_flight ones it has. For workers.';
