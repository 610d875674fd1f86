create or replace function steward_private.is_acting_for(subject_id text, step_id bigint)
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
    from (select * from steward.steps s where s.worker_id is not null offset 0) s
    cross join lateral (select r.subject_id from steward.runs r where r.id = s.run_id offset 0) r
    where s.id <> is_acting_for.step_id
      and s.lane = (select me.lane from steward.steps me where me.id = is_acting_for.step_id)
      and (r.subject_id = is_acting_for.subject_id or s.item = is_acting_for.subject_id)
  )
$$;

comment on function steward_private.is_acting_for(text, bigint) is
  'Whether an attempt other than the step''s own may be acting for this key, as the subject of a run or the item of a batch, in the step''s lane, be it one that was called off. For workers.';
