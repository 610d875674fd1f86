create or replace function steward.usual_time(kind text)
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
  select percentile_cont(0.5) within group (order by h.per_step)
  from (
    select (r.finished_at - r.created_at) / greatest(r.total, 1) as per_step
    from steward.runs r
    where r.kind = usual_time.kind and r.status = 'succeeded'
    order by r.finished_at desc
    limit 20
  ) h
$$;

comment on function steward.usual_time(text) is
  E'@behavior -*\nWhat the last 20 runs of a kind that succeeded took for each step, the median; null without any. Tells nothing of whose runs they were. For readers.';
