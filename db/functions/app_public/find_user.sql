create or replace function app_public.find_user(subject text)
returns uuid
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select found.id
  from (
    select u.id, 1 as place from app_public.users u where u.external_subject = subject
    union all
    select u.id, 2 from app_public.users u where u.external_subject = app_private.subject_id(subject)::text
    union all
    select u.id, 3 from app_public.users u where u.id = app_private.subject_id(subject) and u.external_subject is null
  ) found
  order by found.place
  limit 1
$$;

comment on function app_public.find_user(text) is
  E'@behavior -*\nThe user of a token''s subject, or null. A user with an external subject is found by that alone; only one without is found by their id. For the server, which has verified the token.';

grant execute on function app_public.find_user(text) to steward_user, steward_admin;
