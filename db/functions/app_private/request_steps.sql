create or replace function app_private.request_steps(
  kind text,
  subject_table text,
  subject_ids text[],
  owner_ids text[],
  scope_ids text[],
  step_names text[]
)
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
  v_run_ids uuid[];
  v_subject_ids text[];
  v_owner_ids text[];
  v_scope_ids text[];
  v_name text;
begin
  -- Once locked, an open run cannot end before this transaction does. Until then it may, so look again after each attempt to start one.
  loop
    perform from steward.runs r
    where r.kind = request_steps.kind and r.subject_id = any (request_steps.subject_ids) and r.status in ('pending', 'running', 'suspended')
    order by r.id
    for share;

    v_run_ids := array(
      select r.id from steward.runs r
      where r.kind = request_steps.kind and r.subject_id = any (request_steps.subject_ids) and r.status in ('pending', 'running', 'suspended')
    );
    select array_agg(u.subject_id order by u.subject_id), array_agg(u.owner_id order by u.subject_id), array_agg(u.scope_id order by u.subject_id)
    into v_subject_ids, v_owner_ids, v_scope_ids
    from unnest(request_steps.subject_ids, request_steps.owner_ids, request_steps.scope_ids) as u (subject_id, owner_id, scope_id)
    where not exists (
      select from steward.runs r
      where r.kind = request_steps.kind and r.subject_id = u.subject_id and r.status in ('pending', 'running', 'suspended')
      offset 0
    );
    exit when v_subject_ids is null;
    perform steward.start_runs(
      request_steps.kind, request_steps.subject_table, v_subject_ids, v_owner_ids, v_scope_ids
    );
  end loop;

  foreach v_name in array request_steps.step_names loop
    perform steward.request_steps(v_run_ids, v_name, array_fill('all'::text, array[cardinality(v_run_ids)]));
  end loop;
end
$$;

comment on function app_private.request_steps(text, text, text[], text[], text[], text[]) is
  'Asks for steps of each subject''s open run of a kind, or of a new one: also of a step that has begun already, which then runs once more. Each is a batch of the one item "all". For triggers whose event may come again while the run is open.';
