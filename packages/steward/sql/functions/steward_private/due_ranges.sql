create or replace function steward_private.due_ranges(of_lane text, worker_id integer)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  select jsonb_agg(jsonb_build_object('task', b.task, 'priority', b.priority))
  from steward_private.due_backlog(due_ranges.of_lane, due_ranges.worker_id) b
$$;

comment on function steward_private.due_ranges(text, integer) is
  'What steward_private.due_backlog finds, as steward_private.claim_ranges wants it: an array of objects with task and priority; null for nothing. For claim_steps.';
