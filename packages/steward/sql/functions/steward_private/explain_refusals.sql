create or replace function steward_private.explain_refusals(lane text, out is_everybodys boolean, out explanation text)
returns record
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
  select
    not exists (
      select from steward.workers l
      join steward_private.workers w on w.id = l.id
      where not exists (
        select from steward.refusals r
        where r.lane = explain_refusals.lane and r.credentials = w.credentials ->> explain_refusals.lane
      )
    ),
    string_agg(
      format('The service behind lane %s has refused what process %s at %s signs in with, since %s; %s. %s: %s. Correct the settings of that worker and restart it; until then one step asks again, at %s.',
        r.lane, r.pid, r.host, steward_private.clock(r.refused_since),
        case when r.times = 1 then 'one step has met it' else r.times || ' steps have met it' end, r.error_code, rtrim(r.error_message, '.'), steward_private.clock(r.open_until)),
      ' ' order by r.refused_since, r.credentials
    )
  from (
    select r.* from steward.refusals r where r.lane = explain_refusals.lane order by r.refused_since, r.credentials limit 5
  ) r
$$;

comment on function steward_private.explain_refusals(text) is
  'Which workers'' credentials the service behind a lane refuses, since when and what to do, as sentences (null: nobody''s), and whether every living worker''s are. For steward.explain_run.';
