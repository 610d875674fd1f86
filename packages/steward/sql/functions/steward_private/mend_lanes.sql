create or replace function steward_private.mend_lanes()
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
set jit = off
as $$
begin
  if not steward_private.take_turn('mend') then
    return;
  end if;
  with recursive used (lane) as (
    -- From one lane to the next: the backlog's index begins with it.
    (select s.lane from steward.steps s where s.is_backlog order by s.lane limit 1)
    union all
    select (select s.lane from steward.steps s where s.is_backlog and s.lane > u.lane order by s.lane limit 1)
    from used u
    where u.lane is not null
  )
  insert into steward.lanes (name, is_outside)
  select u.lane, true from used u -- nobody can tell any more: on a copy its steps had better wait
  where u.lane is not null and not exists (select from steward.lanes l where l.name = u.lane offset 0)
  on conflict do nothing;
end
$$;

comment on function steward_private.mend_lanes() is
  'Makes lanes again that somebody deleted although steps wait in their backlog: nobody would look there. For every worker, each few seconds.';
