create or replace function steward_private.order_steps(steps steward.lifecycle_steps[])
returns setof steward.lifecycle_steps
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_step steward.lifecycle_steps;
  v_names text[] := array(select s.name from unnest(order_steps.steps) s);
  v_ordered steward.lifecycle_steps[] := '{}';
  v_stuck text[] := '{}';
begin
  foreach v_step in array order_steps.steps loop
    if not v_step.after <@ v_names then
      raise exception using
        errcode = 'ST420',
        message = format(
          'The step %s comes after %s, which is no step of this lifecycle.',
          v_step.name, (select string_agg(a, ', ') from unnest(v_step.after) a where a <> all (v_names))
        );
    end if;
    v_step.ancestors := array(
      with recursive chain as (
        select a.name from unnest(v_step.after) as a (name)
        union
        select a.name
        from chain c
        join unnest(order_steps.steps) s on s.name = c.name
        cross join unnest(s.after) as a (name)
      )
      select c.name from chain c order by c.name
    );
    if v_step.name = any (v_step.ancestors) then
      v_stuck := v_stuck || v_step.name;
    end if;
    v_ordered := v_ordered || v_step;
  end loop;
  if v_stuck <> '{}' then
    raise exception using
      errcode = 'ST420',
      message = format('The steps %s wait for each other, so that none of them could ever begin.', array_to_string(v_stuck, ', '));
  end if;
  return query select s.* from unnest(v_ordered) s;
end
$$;

comment on function steward_private.order_steps(steward.lifecycle_steps[]) is
  'The steps of one lifecycle, with all that comes before each. Raises ST420 when steps come after others that do not exist, or wait for each other. For steward.define_lifecycle, and for what writes lifecycle_steps by itself.';
