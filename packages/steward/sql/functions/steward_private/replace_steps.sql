create or replace function steward_private.replace_steps(kind text, steps steward.lifecycle_steps[])
returns text[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_needed record;
  v_changes text[];
begin
  -- Open runs may still have to do a step that the new definition lacks. A step cannot become a batch under way either.
  select s.name, count(*) as steps into v_needed
  from steward.lifecycle_steps d
  join steward.runs r on r.kind = d.kind and r.status in ('pending', 'running', 'suspended')
  join steward.steps s on s.run_id = r.id and s.name = d.name
  where d.kind = replace_steps.kind
    and s.status in ('waiting', 'queued', 'running', 'retrying')
    and not exists (select from unnest(replace_steps.steps) n where n.name = d.name and n.is_batch = d.is_batch)
  group by s.name
  order by s.name
  limit 1;
  if found then
    raise exception using
      errcode = 'ST421',
      message = format('%s steps %s of open runs of %s still have to be done.', v_needed.steps, v_needed.name, replace_steps.kind),
      hint = 'Keep the step in the definition until they have ended, or cancel those runs.';
  end if;

  with gone as (
    delete from steward.lifecycle_steps d
    where d.kind = replace_steps.kind and not exists (select from unnest(replace_steps.steps) n where n.name = d.name)
    returning d.name
  ),
  written as (
    insert into steward.lifecycle_steps as d
    select n.* from unnest(replace_steps.steps) n
    on conflict (kind, name) do update
    set
      task = excluded.task, lane = excluded.lane, lane_by = excluded.lane_by, is_batch = excluded.is_batch, after = excluded.after,
      timeout = excluded.timeout, max_attempts = excluded.max_attempts, priority = excluded.priority, ancestors = excluded.ancestors, expected = excluded.expected,
      position = excluded.position
    where d is distinct from excluded
    returning d.name, xmax = 0 as is_new
  )
  select array_remove(array[
    (select 'without ' || string_agg(g.name, ', ') from gone g),
    (select 'new ' || string_agg(w.name, ', ') from written w where w.is_new),
    (select 'other ' || string_agg(w.name, ', ') from written w where not w.is_new)
  ], null) into v_changes;
  return v_changes;
end
$$;

comment on function steward_private.replace_steps(text, steward.lifecycle_steps[]) is
  'Makes these the steps of a lifecycle, and returns what changed, in words. ST421 when open runs still need what would go. For steward.define_lifecycle.';
