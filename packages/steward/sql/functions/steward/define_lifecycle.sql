create or replace function steward.define_lifecycle(
  kind text,
  description text,
  steps json,
  lock_subjects text default null,
  on_change text default null,
  may_steer text default null,
  of_deleted boolean default false,
  keep interval default null,
  keep_failed interval default null,
  slow_after interval default null
)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_steps steward.lifecycle_steps[];
  v_wrong text := case
    when coalesce(define_lifecycle.kind, '') !~ '^[a-z][a-z0-9_]{0,62}$'
      then format('kind %s: a name is a lower case letter, then letters, digits and _, at most 63', coalesce(quote_literal(left(define_lifecycle.kind, 100)), 'null'))
    when define_lifecycle.description is null then 'description is null'
    when define_lifecycle.of_deleted is null then 'of_deleted is null'
    when define_lifecycle.keep <= interval '0' or define_lifecycle.keep > interval '100 years' then 'keep must be more than 0 and at most 100 years'
    when define_lifecycle.keep_failed <= interval '0' or define_lifecycle.keep_failed > interval '100 years'
      then 'keep_failed must be more than 0 and at most 100 years'
    when define_lifecycle.slow_after <= interval '0' then 'slow_after must be more than 0'
  end;
  v_before steward.lifecycles;
  v_after steward.lifecycles;
  v_changes text[] := '{}';
  v_open bigint;
begin
  if v_wrong is not null then
    raise exception using errcode = 'ST420', message = format('The lifecycle is not valid: %s.', v_wrong);
  end if;
  v_steps := array(select s from steward_private.read_steps(define_lifecycle.kind, define_lifecycle.steps) s);
  v_after := row(
    define_lifecycle.kind,
    define_lifecycle.description,
    steward_private.check_hook(define_lifecycle.lock_subjects, 'uuid[], boolean', 'uuid[]'),
    steward_private.check_hook(define_lifecycle.on_change, 'uuid[], text', 'void'),
    steward_private.check_hook(define_lifecycle.may_steer, 'uuid, text', 'boolean'),
    define_lifecycle.of_deleted,
    define_lifecycle.keep,
    define_lifecycle.keep_failed,
    define_lifecycle.slow_after
  );
  select * into v_before from steward.lifecycles l where l.kind = define_lifecycle.kind for update;

  insert into steward.lifecycles as l
  select v_after.*
  on conflict (kind) do update
  set
    description = excluded.description, lock_subjects = excluded.lock_subjects, on_change = excluded.on_change,
    may_steer = excluded.may_steer, of_deleted = excluded.of_deleted,
    keep = excluded.keep, keep_failed = excluded.keep_failed, slow_after = excluded.slow_after
  where l is distinct from excluded;
  if v_before.kind is not null and v_before is distinct from v_after then
    v_changes := v_changes || 'its own settings'::text;
  end if;

  v_changes := v_changes || steward_private.replace_steps(define_lifecycle.kind, v_steps);
  if v_before.kind is null then
    return format('%s is defined.', define_lifecycle.kind);
  elsif v_changes = '{}' then
    return format('%s is as it was.', define_lifecycle.kind);
  end if;
  select count(*) into v_open
  from steward.runs r
  where r.kind = define_lifecycle.kind and r.status in ('pending', 'running', 'suspended');
  return format('%s is changed: %s.', define_lifecycle.kind, array_to_string(v_changes, '; '))
    || case when v_open > 0 then format(' %s open runs keep the steps that they have; these follow the new definition from their next attempt on.', v_open) else '' end;
end
$$;

comment on function steward.define_lifecycle(text, text, json, text, text, text, boolean, interval, interval, interval) is
  'Defines a lifecycle: what must follow one event, as steps. steps is a JSON object: the name of each step, and of it task (a file of the task folder; the step''s name unless said), lane (database unless said), lane_by (a function of yours that chooses another one for each, see the column of steward.lifecycle_steps), batch (one step for each of many items, asked for by steward.request_steps), after (names of steps that must have succeeded before), timeout ("300 s" unless said), max_attempts (3), priority (0; smaller goes first), expected (what one of it usually adds to the runs time, until runs have told: "1 s" unless said). of_deleted: the subject is gone when a run starts. keep and keep_failed: for how long its finished runs are kept. slow_after: when an open run counts as slow (300 s unless said). lock_subjects, on_change and may_steer are functions of yours, see the columns of steward.lifecycles. Called again with the same, it changes nothing; with something else, new runs follow it, and open runs as the answer says. ST420: the definition is not valid. ST421: open runs still need what it takes away. For the owner.';
