create or replace function steward_private.tell_credentials(worker_id integer, credentials jsonb)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_due_ids bigint[];
begin
  update steward_private.workers w set credentials = tell_credentials.credentials where w.id = tell_credentials.worker_id;
  -- Everybody's were refused there until now. These may be the right ones: neither the lane nor what waits for it need wait longer.
  -- What was refused may have been of a worker that is gone: it is forgotten only afterwards.
  with released as (
    update steward.lanes l
    set open_until = clock_timestamp()
    where l.open_until > clock_timestamp()
      and tell_credentials.credentials ? l.name
      and exists (select from steward.refusals r where r.lane = l.name and r.error_code = l.error_code)
      and not exists (
        select from steward.refusals r where r.lane = l.name and r.credentials = tell_credentials.credentials ->> l.name
      )
    returning l.name, l.error_code
  ),
  waiting as (
    select s.id
    from released l
    cross join lateral (
      select s.id, s.error_code from steward.steps s
      where s.is_backlog and s.lane = l.name and s.status = 'retrying' and s.ready_at > clock_timestamp()
      union all
      select s.id, s.error_code from steward.steps s
      where not s.is_backlog and s.status in ('queued', 'retrying') and s.ready_at > clock_timestamp() and s.lane = l.name
    ) s
    where s.error_code = l.error_code
  ),
  free as (
    select s.id from steward.steps s
    where s.id = any (array(select w.id from waiting w)) and s.status = 'retrying' and s.worker_id is null
    order by s.id
    for no key update skip locked
  ),
  due as (
    update steward.steps s
    set ready_at = clock_timestamp()
    where s.id = any (array(select f.id from free f))
    returning s.id, s.is_backlog
  )
  select coalesce(array_agg(d.id) filter (where not d.is_backlog), '{}') into v_due_ids from due d;
  if v_due_ids <> '{}' then
    perform steward_private.enqueue_steps(v_due_ids);
  end if;

  delete from steward.refusals r
  where not exists (select from steward_private.workers w where w.credentials ->> r.lane = r.credentials)
    and not exists (
      select from steward.lanes l where l.name = r.lane and l.error_code = r.error_code and l.open_until > clock_timestamp()
    );
end
$$;

comment on function steward_private.tell_credentials(integer, jsonb) is
  'Notes what a worker signs in with: lane to fingerprint. Lets a lane in which everybody''s was refused go on where these may be taken, and forgets refusals of what no worker has any more. For workers, when they join.';
