create or replace function steward_private.find_runs(filter jsonb, statuses steward.run_status[])
returns uuid[]
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
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
    );
  end if;

  return array(
    select c.id
    from (
      select r.id, r.created_at from steward.runs r
      where r.status in ('pending', 'running', 'suspended') and r.status = any (find_runs.statuses)
        and (v_status is null or r.status::text = v_status)
        and (v_kind is null or r.kind = v_kind)
        and (v_subject_table is null or r.subject_table = v_subject_table)
        and (v_subject_id is null or r.subject_id = v_subject_id)
        and (v_owner is null or r.owner_id = v_owner)
        and (v_scope is null or r.scope_id = v_scope)
        and r.created_at < v_before and r.created_at > v_after
        and (v_code is null or exists (
          select from steward.steps s where s.run_id = r.id and s.error_code = v_code and s.status = 'retrying' offset 0
        ))
      union all
      select r.id, r.created_at from steward.runs r
      where r.status in ('failed', 'cancelled') and r.status = any (find_runs.statuses)
        and (v_status is null or r.status::text = v_status)
        and (v_kind is null or r.kind = v_kind)
        and (v_code is null or r.error_code = v_code)
        and (v_subject_table is null or r.subject_table = v_subject_table)
        and (v_subject_id is null or r.subject_id = v_subject_id)
        and (v_owner is null or r.owner_id = v_owner)
        and (v_scope is null or r.scope_id = v_scope)
        and r.created_at < v_before and r.created_at > v_after and r.finished_at > v_after
    ) c
    order by c.created_at, c.id
    limit v_most
  );
end
$$;

comment on function steward_private.find_runs(jsonb, steward.run_status[]) is
  'The runs that a filter of steward.retry and the like means, with one of these statuses, the oldest first. ST430 when the filter says nothing. For steward_private.steer_runs.';
