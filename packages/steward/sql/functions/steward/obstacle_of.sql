create or replace function steward.obstacle_of(task text, lane text)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select case
    when not exists (select from steward_private.workers w where coalesce(obstacle_of.task = any (w.tasks), true))
      then format('No worker has the task %s; it begins as soon as one has.', obstacle_of.task)
    else (select l.error_message from steward.lanes l where l.name = obstacle_of.lane and l.open_until is not null)
  end
$$;

comment on function steward.obstacle_of(text, text) is
  E'@behavior -*\nWhat is in the way of every step of a task in a lane, a sentence; null when nothing is. Tells nothing of whose steps there are. For readers.';
