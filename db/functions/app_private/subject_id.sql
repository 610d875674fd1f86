create or replace function app_private.subject_id(subject text)
returns uuid
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select case when subject ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then subject::pg_catalog.uuid end
$$;

comment on function app_private.subject_id(text) is
  'The uuid that a token''s subject is, whatever the case of its letters; null when it is none. For app_public.log_in and find_user.';
