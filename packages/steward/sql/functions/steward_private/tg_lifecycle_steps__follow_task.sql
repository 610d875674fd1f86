create or replace function steward_private.tg_lifecycle_steps__follow_task()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
  v_open_ids bigint[];
  v_queued_ids bigint[];
begin
  v_open_ids := array(
    select s.id
    from new_rows n
    join old_rows o on o.kind = n.kind and o.name = n.name and o.task <> n.task
    join steward.runs r on r.kind = n.kind and r.status in ('pending', 'running', 'suspended')
    cross join lateral (
      select s.id from steward.steps s where s.run_id = r.id and s.name = n.name and s.task = o.task offset 0
    ) s
  );
  if v_open_ids = '{}' then
    return null;
  end if;

  perform from steward.steps s
  where s.id = any (v_open_ids)
  order by s.id -- as steward_private.succeed_steps does
  for no key update;

  with changed as (
    update steward.steps s
    set task = n.task
    from steward.runs r, new_rows n
    where s.id = any (v_open_ids) and r.id = s.run_id and n.kind = r.kind and n.name = s.name
    returning s.id, s.status in ('queued', 'retrying') and not s.is_backlog as is_queued
  )
  select array_agg(c.id) filter (where c.is_queued) into v_queued_ids from changed c;
  perform graphile_worker.remove_job('step:' || q.id) from unnest(v_queued_ids) as q (id);
  perform steward_private.enqueue_steps(v_queued_ids);
  return null;
end
$$;

comment on function steward_private.tg_lifecycle_steps__follow_task() is
  'Where a definition names another task, steps of open runs are executed by it too: else they would wait for ever for a task that is no more.';

create or replace trigger _900_follow_task
after update on steward.lifecycle_steps
referencing old table as old_rows new table as new_rows
for each statement
execute function steward_private.tg_lifecycle_steps__follow_task();
