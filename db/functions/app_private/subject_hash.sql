create or replace function app_private.subject_hash(subject text)
returns bytea
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select sha256(convert_to(coalesce(app_private.subject_id(subject)::text, subject), 'UTF8'))
$$;

comment on function app_private.subject_hash(text) is
  'What app_private.deleted_subjects keeps of a token''s subject; the same for a uuid in whatever case.';
