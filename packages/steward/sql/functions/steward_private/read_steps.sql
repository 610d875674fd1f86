create or replace function steward_private.read_steps(kind text, steps json)
returns setof steward.lifecycle_steps
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_step record;
  v_read steward.lifecycle_steps;
  v_steps steward.lifecycle_steps[] := '{}';
  v_names text[];
  v_twice text;
  v_unknown text;
begin
  if json_typeof(read_steps.steps) is distinct from 'object' then
    raise exception using errcode = 'ST420', message = 'steps must be a JSON object: the name of each step, and what it is like.';
  end if;
  begin
    v_names := array(select json_object_keys(read_steps.steps));
  exception when data_exception then
    raise exception using errcode = 'ST420', message = format('The name of a step is not valid: %s.', sqlerrm);
  end;
  if v_names = '{}' then
    raise exception using errcode = 'ST420', message = 'A lifecycle needs at least one step.';
  end if;
  select n into v_twice from unnest(v_names) as n group by n having count(*) > 1 limit 1;
  if found then
    raise exception using errcode = 'ST420', message = format('The step %s is there twice.', v_twice);
  end if;

  for v_step in
    select s.name, s.definition, s.position
    from json_each(read_steps.steps) with ordinality as s (name, definition, position)
  loop
    if json_typeof(v_step.definition) <> 'object' then
      raise exception using errcode = 'ST420', message = format('The step %s must be a JSON object, {} for one like any other.', v_step.name);
    end if;
    select k into v_unknown
    from json_object_keys(v_step.definition) as k
    where k not in ('task', 'lane', 'lane_by', 'batch', 'after', 'timeout', 'max_attempts', 'priority', 'expected')
    limit 1;
    if found then
      raise exception using
        errcode = 'ST420',
        message = format('The step %s has an unknown property %s.', v_step.name, quote_literal(v_unknown)),
        hint = 'Known are task, lane, lane_by, batch, after, timeout, max_attempts, priority and expected.';
    end if;
    begin
      v_read := row(
        read_steps.kind,
        v_step.name,
        coalesce(v_step.definition ->> 'task', v_step.name),
        coalesce(v_step.definition ->> 'lane', 'database'),
        coalesce((v_step.definition ->> 'batch')::boolean, false),
        case when json_typeof(v_step.definition -> 'after') = 'string'
          then array[v_step.definition ->> 'after']
          else array(select json_array_elements_text(coalesce(v_step.definition -> 'after', '[]')))
        end,
        coalesce((v_step.definition ->> 'timeout')::interval, interval '300 s'),
        coalesce((v_step.definition ->> 'max_attempts')::smallint, 3),
        coalesce((v_step.definition ->> 'priority')::smallint, 0),
        '{}'::text[],
        coalesce((v_step.definition ->> 'expected')::interval, interval '1 s'),
        steward_private.check_hook(v_step.definition ->> 'lane_by', 'text[], text[], jsonb[]', 'text[]'),
        v_step.position
      )::steward.lifecycle_steps;
    exception when data_exception then
      raise exception using errcode = 'ST420', message = format('The step %s is not valid: %s.', v_step.name, sqlerrm);
    end;
    perform steward_private.check_step(v_read);
    if not exists (select from steward.lanes l where l.name = v_read.lane) then
      raise exception using
        errcode = 'ST420',
        message = format('The step %s names the lane %s, which does not exist.', v_step.name, quote_literal(v_read.lane)),
        hint = format('Add the lane first: a row of steward.lanes, with the name %L.', v_read.lane);
    end if;
    v_steps := v_steps || v_read;
  end loop;

  return query select s.* from steward_private.order_steps(v_steps) s;
end
$$;

comment on function steward_private.read_steps(text, json) is
  'The rows of lifecycle_steps that a definition stands for. ST420 when it is not valid. For steward.define_lifecycle.';
