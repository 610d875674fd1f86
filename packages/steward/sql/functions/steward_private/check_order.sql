create or replace function steward_private.check_order(steps steward.lifecycle_steps[])
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_step steward.lifecycle_steps;
  v_names text[] := array(select s.name from unnest(check_order.steps) s);
  v_left text[];
  v_stuck text[];
begin
  foreach v_step in array check_order.steps loop
    if not v_step.after <@ v_names then
      raise exception using
        errcode = 'ST420',
        message = format(
          'The step %s comes after %s, which is no step of this lifecycle.',
          v_step.name, (select string_agg(a, ', ') from unnest(v_step.after) a where a <> all (v_names))
        );
    end if;
  end loop;

  -- Take away what waits for nothing that is left, until nothing more goes: the rest waits for itself.
  v_left := v_names;
  loop
    v_stuck := array(
      select s.name from unnest(check_order.steps) s where s.name = any (v_left) and s.after && v_left
    );
    exit when cardinality(v_stuck) = cardinality(v_left);
    v_left := v_stuck;
  end loop;
  if v_left <> '{}' then
    raise exception using
      errcode = 'ST420',
      message = format('The steps %s wait for each other, so that none of them could ever begin.', array_to_string(v_left, ', '));
  end if;
end
$$;

comment on function steward_private.check_order(steward.lifecycle_steps[]) is
  'Raises ST420 when steps come after others that do not exist, or wait for each other. For steward.define_lifecycle.';
