create or replace function steward_private.check_step(step steward.lifecycle_steps)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_wrong text := case
    when check_step.step.name !~ '^[a-z][a-z0-9_]{0,62}$' then 'a name is a lower case letter, then letters, digits and _, at most 63'
    when check_step.step.task !~ '^[A-Za-z0-9_-]{1,200}$' then 'a task is named like its file: letters, digits, _ and -'
    when check_step.step.timeout <= interval '0' or check_step.step.timeout > interval '30 days' then 'timeout must be more than 0 and at most 30 days'
    when check_step.step.max_attempts < 1 then 'max_attempts must be at least 1'
    when check_step.step.priority not between -10000 and 10000 then 'priority must be from -10000 to 10000'
    when check_step.step.expected <= interval '0' then 'expected must be more than 0'
    when array_position(check_step.step.after, null) is not null then 'after has a null'
  end;
begin
  if v_wrong is not null then
    raise exception using errcode = 'ST420', message = format('The step %s is not valid: %s.', left(check_step.step.name, 63), v_wrong);
  end if;
end
$$;

comment on function steward_private.check_step(steward.lifecycle_steps) is 'Raises ST420 for values that a step cannot have. For steward.define_lifecycle.';
