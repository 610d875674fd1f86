create or replace function app_private.require_users(user_ids uuid[], field text)
returns void
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
#variable_conflict use_column
declare
  v_missing uuid[];
begin
  v_missing := array(
    select distinct m.id from unnest(require_users.user_ids) as m (id)
    where not exists (select from app_public.users u where u.id = m.id offset 0)
    limit 3
  );
  if v_missing <> '{}' then
    raise exception using
      errcode = 'ST308', column = require_users.field,
      message = format('There is no user %s.', array_to_string(v_missing, ', '));
  end if;
end
$$;

comment on function app_private.require_users(uuid[], text) is
  'Raises ST308 and names some of the ids if not all of them are users. For mutations.';
