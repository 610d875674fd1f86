create or replace function steward_private.pausable(task text, lane text, lifecycle text, out what text, out name text)
returns record
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if num_nonnulls(pausable.task, pausable.lane, pausable.lifecycle) <> 1 then
    raise exception using
      errcode = 'ST430',
      message = 'Name one: a task, a lane or a lifecycle.',
      hint = $h$select steward.pause(lane => 'mail', reason => 'the service is being moved');$h$;
  end if;
  what := case when pausable.task is not null then 'task' when pausable.lane is not null then 'lane' else 'lifecycle' end;
  name := coalesce(pausable.task, pausable.lane, pausable.lifecycle);
  if not (case what
    when 'task' then exists (select from steward.lifecycle_steps d where d.task = pausable.task)
      or exists (select from steward.pauses p where p.what = 'task' and p.name = pausable.task)
    when 'lane' then exists (select from steward.lanes l where l.name = pausable.lane)
    else exists (select from steward.lifecycles l where l.kind = pausable.lifecycle)
      or exists (select from steward.pauses p where p.what = 'lifecycle' and p.name = pausable.lifecycle)
  end) then
    raise exception using errcode = 'ST430', message = format('There is no %s %s.', what, quote_literal(left(name, 63)));
  end if;
end
$$;

comment on function steward_private.pausable(text, text, text) is
  'What is to be paused or unpaused, checked. ST430 when nothing, or more than one, is named, or it does not exist. For steward.pause and steward.unpause.';
