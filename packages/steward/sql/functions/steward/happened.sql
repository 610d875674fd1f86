create or replace function steward.happened(since timestamptz default null, most integer default 100, only_failures boolean default false)
returns table (
  at timestamptz, event text, run_id uuid, kind text, subject_table text, subject_id text, status text,
  step text, item text, attempt integer, host text, pid integer, error_code text, error_message text, words text
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
  select h.*
  from (
    (
      -- A run's id begins with its time, and has the only index of all runs that does.
      select
        r.created_at as at, 'begun' as event, r.id, r.kind, r.subject_table, r.subject_id, r.status::text,
        null::text, null::text, null::integer, null::text, null::integer, null::text, null::text, null::text
      from steward.runs r
      where not happened.only_failures
        and r.id >= rpad(lpad(to_hex((extract(epoch from least(greatest(happened.since, timestamptz 'epoch'), timestamptz '9999-01-01')) * 1000)::bigint), 12, '0'), 32, '0')::uuid
      order by r.id desc
      limit happened.most
    )
    union all
    (
      select p.ended_at, 'attempt', r.id, r.kind, r.subject_table, r.subject_id, p.outcome, s.name, s.item, p.lease, w.host, w.pid, p.error_code, p.error_message, p.words
      from (
        select a.*
        from steward_private.past_attempts a
        where a.ended_at > coalesce(happened.since, '-infinity') and a.outcome not in ('release', 'cancelled', 'suspended')
        order by a.ended_at desc
        limit happened.most
      ) p
      join steward.steps s on s.id = p.step_id
      join steward.runs r on r.id = s.run_id
      left join steward_private.known_workers w on w.id = p.begun_by
    )
    union all
    (
      select r.finished_at, 'ended', r.id, r.kind, r.subject_table, r.subject_id, r.status::text, null, null, null, null, null, r.error_code, r.error_message, null
      from steward.runs r
      where not happened.only_failures and r.finished_at > coalesce(happened.since, '-infinity')
      order by r.finished_at desc
      limit happened.most
    )
    union all
    (
      select r.finished_at, 'ended', r.id, r.kind, r.subject_table, r.subject_id, r.status::text, null, null, null, null, null, r.error_code, r.error_message, null
      from steward.runs r
      where happened.only_failures and r.status in ('failed', 'cancelled') and r.finished_at > coalesce(happened.since, '-infinity')
      order by r.finished_at desc
      limit happened.most
    )
  ) h
  order by h.at desc, h.event desc -- at the same moment: ended after begun
  limit happened.most
$$;

comment on function steward.happened(timestamptz, integer, boolean) is
  E'@behavior -*\nThe latest that happened to runs, at most so many, the newest first: begun, an attempt at a step that did not succeed (status tells its outcome), ended. For npx steward tail, operators and the owner.';
