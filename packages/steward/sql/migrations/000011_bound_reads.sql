-- steward.violations reads a bounded part of what is there, however much that is; steward.watch moves the part through all runs. Adds a
-- column to a table of one row, and replaces two views: both locked for a moment.
-- GraphQL's condition on subjectId is our own from now on (src/graphql/filters.ts), for the sake of the index that follows.

alter table steward_private.watched add column looked_after uuid not null default '00000000-0000-0000-0000-000000000000';
comment on column steward_private.watched.looked_after is
  'Where the runs begin that are looked at beside what is at work or ended just now; it moves on with each look that finds nothing broken there.';

create function steward_private.slice_runs(after uuid, most integer default 1000, out run_ids uuid[], out next_after uuid)
returns record
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_bitmapscan = off -- a slice in the order of the index
set jit = off
as $$
begin
  select array_agg(r.id), case when count(*) = slice_runs.most then (array_agg(r.id order by r.id desc))[1] end into run_ids, next_after
  from (
    select r.id from steward.runs r where r.id > slice_runs.after order by r.id limit slice_runs.most
  ) r;
  -- A step that has lost its run is found by its own row.
  run_ids := array(
    select r.id from unnest(run_ids) as r (id)
    union
    select s.run_id from steward.steps s
    where s.run_id > slice_runs.after and s.run_id <= coalesce(next_after, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  );
end
$$;
comment on function steward_private.slice_runs(uuid, integer, out uuid[], out uuid) is
  'The next so many runs after the given id, in the order of their ids, with those that only steps know of; and where to go on (null: these were the last). For steward.violations and steward.all_violations.';

create function steward_private.run_violations(run_ids uuid[])
returns table (violation text, kind text, subject_id text, run_id uuid, step_id bigint)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_nestloop = off
set jit = off
set work_mem = '32MB' -- a slice of runs and their steps
as $$
#variable_conflict use_column
begin
  return query
  with runs as materialized (
    select r.id, r.kind, r.subject_table, r.subject_id, r.status, r.total, r.done, r.failed, r.created_at
    from steward.runs r
    where r.id = any (run_violations.run_ids)
  ),
  steps as materialized (
    select s.id, s.run_id, s.status, s.is_backlog, s.worker_id, s.expires_at, s.ready_at, s.finished_at
    from steward.steps s
    where s.run_id = any (run_violations.run_ids)
  ),
  due as (
    select s.id, s.run_id
    from steps s
    where s.status in ('queued', 'retrying') and not s.is_backlog and s.worker_id is null and s.ready_at < now() - interval '30 seconds'
  )
  select 'P2: several open runs', r.kind, r.subject_id, r.id, null::bigint
  from runs r
  where r.status in ('pending', 'running', 'suspended')
    and exists (
      select from steward.runs o
      where o.kind = r.kind and o.subject_table = r.subject_table and o.subject_id = r.subject_id and o.status in ('pending', 'running', 'suspended') and o.id > r.id
      offset 0 -- looked up for each, not joined
    )
  union all
  select 'P6: a run that ended has a step that did not', r.kind, r.subject_id, r.id, s.id
  from runs r join steps s on s.run_id = r.id
  where r.status in ('succeeded', 'failed', 'cancelled') and s.status not in ('succeeded', 'failed', 'cancelled')
  union all
  select 'P6: an open run has nothing left to do', r.kind, r.subject_id, r.id, null
  from runs r
  where r.status in ('pending', 'running') and r.created_at < now() - interval '15 seconds'
    and not exists (
      select from steps s
      where s.run_id = r.id and (s.status in ('queued', 'running', 'retrying') or s.finished_at > now() - interval '15 seconds')
    )
  union all
  select 'P6: a run succeeded without all its steps', r.kind, r.subject_id, r.id, s.id
  from runs r join steps s on s.run_id = r.id
  where r.status = 'succeeded' and s.status <> 'succeeded'
  union all
  select 'P6: a step without a run', null, null, s.run_id, s.id
  from steps s
  where not exists (select from runs r where r.id = s.run_id)
  union all
  select 'P6: an ended run miscounts its steps', r.kind, r.subject_id, r.id, null
  from runs r
  where r.status in ('succeeded', 'failed', 'cancelled')
    and (
      r.done + r.failed <> r.total and r.status <> 'cancelled'
      or r.failed <> 0 and r.status = 'succeeded'
      or exists (select from steward_private.batch_progress p where p.run_id = r.id offset 0)
    )
  union all
  select 'P4: a step is in the hands of a worker that is gone', r.kind, r.subject_id, r.id, s.id
  from steps s join runs r on r.id = s.run_id
  where s.worker_id is not null and s.status = 'running'
    and not exists (select from steward_private.workers w where w.id = s.worker_id)
    and s.expires_at < now() - interval '5 seconds' -- a moment is granted: a rescue is due within 5 s
  union all
  select 'P5: an attempt is past its timeout', r.kind, r.subject_id, r.id, s.id
  from steps s join runs r on r.id = s.run_id
  where s.worker_id is not null and s.status = 'running' and s.expires_at < now() - interval '10 seconds'
  union all
  select 'P4: a step that is due has no job that would begin it soon', r.kind, r.subject_id, r.id, s.id
  from due s join runs r on r.id = s.run_id
  where r.status in ('pending', 'running')
    and not exists (
      select from graphile_worker.jobs j
      where j.key = 'step:' || s.id
        and (j.locked_at is not null or j.attempts < j.max_attempts and j.run_at < now() + interval '30 seconds')
      offset 0
    );
end
$$;
comment on function steward_private.run_violations(uuid[]) is
  'What breaks a promise of the engine in these runs and their steps; an id without a run tells the steps that have lost theirs. For steward.violations and steward.all_violations.';

create function steward_private.setup_violations()
returns table (violation text, kind text, subject_id text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  (
    select 'P1: rows were written whose runs could not be started', m.kind, m.subject_ids[1]
    from steward.missed_starts m
    where m.missed_at < now() - interval '1 minute'
    limit 1000
  )
  union all
  select format('P1: %s of %I.%I is not followed, for its trigger is missing or off', e.event, n.nspname, c.relname), e.kind, null
  from steward.attachments a
  join pg_catalog.pg_class c on c.oid = a.table_id
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  cross join lateral (
    values ('insert', a.on_insert), ('update', a.on_update), ('delete', a.on_delete), ('truncate', a.on_delete)
  ) e (event, kind)
  where e.kind is not null
    and not exists (
      select from pg_catalog.pg_trigger t
      where t.tgrelid = a.table_id and t.tgname = '_900_steward_' || e.event and t.tgenabled in ('O', 'A')
    )
  union all
  select format('P1: the attached table %s (%s) is gone', a.table_name, a.table_id::oid), coalesce(a.on_insert, a.on_update, a.on_delete), null
  from steward.attachments a
  where not exists (select from pg_catalog.pg_class c where c.oid = a.table_id)
  union all
  select
    format('P1: the primary key of %I.%I is not (%s) any more, as when it was attached', n.nspname, c.relname, array_to_string(a.key_columns, ', ')),
    coalesce(a.on_insert, a.on_update, a.on_delete), null
  from steward.attachments a
  join pg_catalog.pg_class c on c.oid = a.table_id
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where a.key_columns <> steward_private.key_columns(a.table_id);
end
$$;
comment on function steward_private.setup_violations() is
  'What breaks a promise of the engine beside runs: attached tables that are not followed any more, and rows whose runs could not be started (a thousand of them at most). For steward.violations and steward.all_violations.';

create function steward_private.find_violations()
returns table (violation text, kind text, subject_id text, run_id uuid, step_id bigint)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  c_most constant integer := 1000;
begin
  return query
  select v.violation, v.kind, v.subject_id, v.run_id, v.step_id
  from steward_private.run_violations(array(
    select s.id from steward_private.watched w cross join lateral unnest((steward_private.slice_runs(w.looked_after)).run_ids) as s (id)
    union
    (select r.id from steward.runs r where r.finished_at > now() - interval '15 minutes' order by r.finished_at desc limit c_most)
    union
    (select s.run_id from steward.steps s where s.worker_id is not null limit c_most)
    union
    (select s.run_id from steward.steps s where s.status in ('queued', 'retrying') and not s.is_backlog order by s.ready_at limit c_most)
    union
    select b.run_id
    from steward.lanes l
    cross join lateral (
      select s.run_id from steward.steps s where s.is_backlog and s.lane = l.name order by s.task, s.priority, s.ready_at, s.id limit 100
    ) b
  )) v
  union all
  select v.violation, v.kind, v.subject_id, null, null from steward_private.setup_violations() v;
end
$$;
comment on function steward_private.find_violations() is 'The engine''s rows of steward.violations.';

create function steward_private.find_all_violations()
returns table (violation text, kind text, subject_id text, run_id uuid, step_id bigint)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_slice record;
  v_after uuid := '00000000-0000-0000-0000-000000000000';
begin
  loop
    v_slice := steward_private.slice_runs(v_after, 10000);
    return query select v.violation, v.kind, v.subject_id, v.run_id, v.step_id from steward_private.run_violations(v_slice.run_ids) v;
    exit when v_slice.next_after is null;
    v_after := v_slice.next_after;
  end loop;
  return query select v.violation, v.kind, v.subject_id, null::uuid, null::bigint from steward_private.setup_violations() v;
end
$$;
comment on function steward_private.find_all_violations() is 'The engine''s rows of steward.all_violations: slice by slice, so that no set is larger than a slice.';

create or replace view steward.violations as
select v.violation collate "C" as violation, v.kind, v.subject_id, v.run_id, v.step_id
from steward_private.find_violations() v
union all
select * from steward_private.application_violations(now() - interval '1 day');
comment on view steward.violations is
  'Whatever breaks a promise, in a bounded part of all runs: those at work, those that have waited for the longest time, those that ended within a quarter of an hour (of each the first thousand), a thousand more that steward.watch moves through all that there are, and the application''s rows of the last day. Empty, always; a row is a bug to report, and says where to look. steward.all_violations goes through everything.';

create or replace view steward.all_violations as
select v.violation collate "C" as violation, v.kind, v.subject_id, v.run_id, v.step_id
from steward_private.find_all_violations() v
union all
select * from steward_private.application_violations('-infinity');

drop view steward_private.engine_violations;

comment on column steward.runs.subject_id is
  'The key of the row that it is about, as text; of several columns, a JSON array of them. No foreign key, for the run outlives the row.';
