create or replace function steward_private.due_lanes(worker_id integer)
returns setof text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select l.name
  from steward.lanes l
  where (l.open_until is null or l.open_until <= clock_timestamp())
    and not exists (
      select
      from steward.refusals r
      join steward_private.workers w on w.id = due_lanes.worker_id and w.credentials ->> r.lane = r.credentials
      where r.lane = l.name and r.open_until > clock_timestamp()
      offset 0
    )
    and exists (select from steward_private.due_backlog(l.name, due_lanes.worker_id) offset 0)
$$;

comment on function steward_private.due_lanes(integer) is
  'The lanes of whose backlog the worker could begin something now. For every worker, each second.';
