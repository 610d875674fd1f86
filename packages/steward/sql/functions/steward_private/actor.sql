create or replace function steward_private.actor()
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select concat_ws(
    ' for ', session_user::text,
    (select coalesce(nullif(current_setting(r.claim, true), ''), nullif(current_setting('jwt.claims.subject', true), '')) from steward_private.readers r where r.role_name = steward_private.invoker())
  )
$$;

comment on function steward_private.actor() is
  'Who steers: the login, and the reader that a token named, or else the subject of the token, where the login acts for one. For steward.audit and steward.pauses.';
