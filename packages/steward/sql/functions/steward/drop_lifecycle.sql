create or replace function steward.drop_lifecycle(kind text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_attached regclass;
  v_open bigint;
begin
  perform from steward.lifecycles l where l.kind = drop_lifecycle.kind for update;
  if not found then
    raise exception using errcode = 'ST422', message = format('There is no lifecycle %s.', quote_literal(drop_lifecycle.kind));
  end if;
  select a.table_id into v_attached
  from steward.attachments a
  where drop_lifecycle.kind in (a.on_insert, a.on_update, a.on_delete)
  limit 1;
  if found then
    raise exception using
      errcode = 'ST421',
      message = format('The table %s is attached to %s.', v_attached, drop_lifecycle.kind), -- a number where it is gone
      hint = format('select steward.detach(%L);', v_attached);
  end if;
  select count(*) into v_open
  from steward.runs r
  where r.kind = drop_lifecycle.kind and r.status in ('pending', 'running', 'suspended');
  if v_open > 0 then
    raise exception using
      errcode = 'ST421',
      message = format('%s runs of %s are open.', v_open, drop_lifecycle.kind),
      hint = 'Wait until they have ended, or cancel them.';
  end if;
  delete from steward.lifecycles l where l.kind = drop_lifecycle.kind;
end
$$;

comment on function steward.drop_lifecycle(text) is
  'Forgets a lifecycle; its runs that have ended stay. ST422: there is none. ST421: a table is attached to it, or runs are open. For the owner.';
