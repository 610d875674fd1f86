create or replace function app_private.note_differences(
  run_id uuid,
  user_id uuid,
  project_id uuid,
  provider text,
  parts text[],
  differences jsonb
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
begin
  insert into app_public.differences as d (run_id, user_id, project_id, provider, part, what, expected, found, remedy)
  select distinct on (f.user_id, f.part, f.what)
    note_differences.run_id, f.user_id, note_differences.project_id, note_differences.provider, f.part, f.what, f.expected, f.found, f.remedy
  from jsonb_to_recordset(note_differences.differences) as f (user_id uuid, part text, what text, expected text, found text, remedy text)
  order by f.user_id, f.part, f.what
  on conflict (user_id, project_id, provider, part, what) where ended_at is null do update
  set run_id = excluded.run_id, expected = excluded.expected, found = excluded.found, remedy = excluded.remedy, seen_at = now();

  update app_public.differences d
  set ended_at = now()
  where d.ended_at is null
    and d.run_id <> note_differences.run_id
    and d.provider = note_differences.provider
    and d.part = any (note_differences.parts)
    and case
      when note_differences.project_id is null then d.user_id = note_differences.user_id and d.project_id is null
      else d.project_id = note_differences.project_id
    end;
end
$$;

comment on function app_private.note_differences(uuid, uuid, uuid, text, text[], jsonb) is
  'Keeps what a look at a user (project_id is null) or a project found, and ends what was found earlier and is not seen any more. differences: an array of {user_id, part, what, expected, found, remedy}.';
