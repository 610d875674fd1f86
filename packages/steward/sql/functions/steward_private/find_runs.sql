create or replace function steward_private.find_runs(filter jsonb, statuses steward.run_status[])
returns uuid[]
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
set work_mem = '64MB' -- up to a hundred thousand runs are sorted
as $$
#variable_conflict use_column
declare
  v_run uuid := find_runs.filter ->> 'run';
  v_kind text := find_runs.filter ->> 'lifecycle';
  v_status text := find_runs.filter ->> 'status';
  v_code text := find_runs.filter ->> 'code';
  v_subject_table text := find_runs.filter ->> 'subject_table';
  v_subject_id text := find_runs.filter ->> 'subject_id';
  v_owner text := find_runs.filter ->> 'owner';
  v_scope text := find_runs.filter ->> 'scope';
  v_before timestamptz := coalesce((find_runs.filter ->> 'made_before')::timestamptz, 'infinity');
  v_after timestamptz := coalesce((find_runs.filter ->> 'made_after')::timestamptz, '-infinity');
  v_most bigint := (find_runs.filter ->> 'most')::bigint;
  v_statuses steward.run_status[];
  v_conditions text;
  v_ids uuid[];
begin
  if num_nonnulls(v_run, v_kind, v_status, v_code, v_subject_table, v_subject_id, v_owner, v_scope, find_runs.filter ->> 'made_before', find_runs.filter ->> 'made_after') = 0 then
    raise exception using
      errcode = 'ST430',
      message = 'Say which runs.',
      hint = $h$Name one (run => '...'), or say which: lifecycle => 'order', code => 'ST506', made_after => now() - interval '1 day'.$h$;
  end if;
  if v_status is not null and v_status <> all (enum_range(null::steward.run_status)::text[]) then
    raise exception using errcode = 'ST430', message = format('There is no status %s.', quote_literal(left(v_status, 63)));
  end if;
  if v_run is not null then
    return array(
      select r.id from steward.runs r
      where r.id = v_run and r.status = any (find_runs.statuses) and (v_status is null or r.status::text = v_status)
        and (v_kind is null or r.kind = v_kind) and (v_owner is null or r.owner_id = v_owner) and (v_scope is null or r.scope_id = v_scope)
        and (v_subject_table is null or r.subject_table = v_subject_table) and (v_subject_id is null or r.subject_id = v_subject_id)
        and r.created_at < v_before and r.created_at > v_after
        and (v_code is null or r.error_code = v_code or exists (select from steward.steps s where s.run_id = r.id and s.status = 'retrying' and s.error_code = v_code))
    );
  end if;

  v_statuses := array(select s from unnest(find_runs.statuses) s where v_status is null or s::text = v_status);
  -- Only what is asked for is a condition, so that the indexes that have it are found, whatever else is open.
  v_conditions := concat_ws(' and ',
    'r.status = any ($1) and r.created_at < $2 and r.created_at > $3',
    case when v_kind is not null then 'r.kind = $4' end,
    case when v_subject_table is not null then 'r.subject_table = $5' end,
    case when v_subject_id is not null then 'r.subject_id = $6' end,
    case when v_owner is not null then 'r.owner_id = $7' end,
    case when v_scope is not null then 'r.scope_id = $8' end
  );
  execute format(
    $q$
      select array_agg(c.id order by c.created_at, c.id)
      from (
        select r.id, r.created_at
        from (
          select r.id, r.created_at from steward.runs r
          where r.status in ('pending', 'running', 'suspended') and $1::text[] && '{pending,running,suspended}' and %1$s and %2$s
          union all
          select r.id, r.created_at from steward.runs r
          where r.status in ('failed', 'cancelled') and $1::text[] && '{failed,cancelled}' and %1$s and %3$s and r.finished_at > $3
        ) r
        order by r.created_at, r.id
        limit $10
      ) c
    $q$,
    v_conditions,
    case when v_code is null then 'true' else $q$exists (
      select from steward.steps s where s.run_id = r.id and s.error_code = $9 and s.status = 'retrying' offset 0
    )$q$ end,
    case when v_code is null then 'true' else 'r.error_code = $9' end
  )
  into v_ids
  using v_statuses, v_before, v_after, v_kind, v_subject_table, v_subject_id, v_owner, v_scope, v_code, v_most;
  return coalesce(v_ids, '{}');
end
$$;

comment on function steward_private.find_runs(jsonb, steward.run_status[]) is
  'The runs that a filter of steward.retry and the like means, with one of these statuses, the oldest first. ST430 when the filter says nothing. For steward_private.steer_runs.';
