create or replace function steward_private.check_hook(name text, parameters text, result text)
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_function regprocedure;
begin
  if check_hook.name is null then
    return null;
  end if;
  begin
    v_function := to_regprocedure(format('%s(%s)', check_hook.name, check_hook.parameters));
  exception when invalid_name or syntax_error then
    null; -- what cannot be a name is nobody's
  end;
  if v_function is null or not exists (
    select from pg_catalog.pg_proc p
    where p.oid = v_function and p.prorettype::regtype::text = check_hook.result
      and (p.prosqlbody is not null or exists (select from unnest(p.proconfig) as c (setting) where starts_with(c.setting, 'search_path=')))
  ) then
    raise exception using
      errcode = 'ST420',
      message = format('There is no function %s(%s) that returns %s and sets its search_path.', check_hook.name, check_hook.parameters, check_hook.result),
      hint = 'Create it first, with "set search_path = pg_catalog, pg_temp", and name it with its schema.';
  end if;
  return v_function::regproc::text;
end
$$;

comment on function steward_private.check_hook(text, text, text) is
  'The full name of an application''s function that the engine is to call, or null for null. ST420 when there is none with these parameters and this result, or its search_path is the caller''s. For steward.define_lifecycle and grant_reader.';
