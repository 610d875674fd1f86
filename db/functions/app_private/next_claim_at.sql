create or replace function app_private.next_claim_at(lane text)
returns timestamptz
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select greatest(
    (
      -- The first few of each priority tell: within one priority the backlog is in the order of ready_at.
      select min(s.ready_at)
      from (select distinct d.priority + b.bulk as priority from app_private.lifecycle_steps d, (values (0), (10)) as b (bulk)) p
      cross join lateral (
        select s.ready_at from app_public.steps s
        where s.is_backlog and s.lane = next_claim_at.lane and s.priority = p.priority and s.worker_id is null
        order by s.ready_at
        limit 1
      ) s
    ),
    (
      -- While a probe of an open circuit is at work, look again each second.
      select greatest(
        l.open_until, case when l.probe_until > clock_timestamp() then clock_timestamp() + interval '1 second' end
      )
      from app_private.lanes l
      where l.name = next_claim_at.lane and l.open_until is not null
    )
  )
  where exists (
    select from app_public.steps s where s.is_backlog and s.lane = next_claim_at.lane and s.worker_id is null
  )
$$;

comment on function app_private.next_claim_at(text) is
  'When the next step of a lane''s backlog may begin; null when there is none. For drain jobs.';
