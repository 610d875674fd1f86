create or replace function steward.expected_time(run uuid)
returns interval
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set enable_bitmapscan = off
set enable_sort = off
set jit = off
as $$
  select sum(d.expected * case when d.is_batch then coalesce(b.steps, 0) else 1 end)
  from steward.runs r
  join steward.lifecycle_steps d on d.kind = r.kind
  left join lateral (
    select sum(p.total) as steps from steward_private.batch_progress p where p.run_id = r.id and p.name = d.name
  ) b on d.is_batch
  where r.id = expected_time.run
$$;

comment on function steward.expected_time(uuid) is
  E'@behavior -*\nWhat its definition expects a run to take: each step by itself, and of a batch as many as it has. For readers.';
