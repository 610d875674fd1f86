create or replace function steward_private.is_overlapped(step_id bigint)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select exists (
    select
    from (
      select me.id, me.lane, me.item, r.subject_table, r.subject_id
      from steward.steps me join steward.runs r on r.id = me.run_id
      where me.id = is_overlapped.step_id
      offset 0
    ) me
    join (select * from steward.steps s where s.worker_id is not null and s.status <> 'running' offset 0) s
      on s.lane = me.lane and s.item is not distinct from me.item and s.id <> me.id
    cross join lateral (select r.subject_table, r.subject_id from steward.runs r where r.id = s.run_id offset 0) r
    where r.subject_table = me.subject_table and r.subject_id = me.subject_id
  )
$$;

comment on function steward_private.is_overlapped(bigint) is
  'Whether an attempt of another step that was called off (cancelled, suspended) may still be acting on the same item of the same subject. For workers: whoever begins meanwhile could be overtaken.';
