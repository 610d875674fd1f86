create or replace function app_public.log_in(
  subject text,
  username text,
  email text,
  display_name text,
  issued_at timestamptz default null
)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_subject_id uuid;
  v_user_id uuid;
  v_username text;
  v_email text;
  v_display_name text;
  v_suffix text := '';
begin
  if log_in.subject ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    v_subject_id := log_in.subject::uuid;
  elsif log_in.subject is null or length(log_in.subject) not between 1 and 255 then
    raise exception using
      errcode = 'ST221',
      message = 'The token''s subject must have 1 to 255 characters.',
      hint = 'Correct the identity provider''s mapping of sub.';
  end if;

  -- An identity provider's claims are taken as far as they will do; a login does not fail because of a name.
  v_username := left(regexp_replace(regexp_replace(log_in.username, '[[:cntrl:]]', '', 'g'), '^\s+', ''), 100);
  v_username := regexp_replace(v_username, '\s+$', '');
  v_display_name := nullif(btrim(left(regexp_replace(log_in.display_name, '[[:cntrl:]]', ' ', 'g'), 200)), '');
  v_email := case
    when length(log_in.email) <= 254
      and log_in.email ~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:].]+(\.[^@[:space:][:cntrl:].]+)*$'
    then log_in.email
  end;
  if coalesce(v_username, '') = '' then
    v_username := 'user-' || left(md5(log_in.subject), 8);
  end if;

  for v_try in 1..10 loop
    select u.id into v_user_id from app_public.users u where u.external_subject = log_in.subject;
    if v_user_id is null then
      select u.id into v_user_id from app_public.users u where u.id = v_subject_id;
    end if;
    if v_user_id is not null then
      return v_user_id;
    end if;

    -- Who was deleted is not made again by a token from before: the client that they left open asks on. One that does not say
    -- when it was issued may be from before.
    if exists (
      select from app_private.deleted_subjects d
      where d.subject_hash = sha256(convert_to(log_in.subject, 'UTF8')) and d.deleted_at > coalesce(log_in.issued_at, '-infinity')
    ) or exists (
      select from app_public.runs r
      where r.owner_id = v_subject_id and r.kind = 'user_deletion' and r.created_at > coalesce(log_in.issued_at, '-infinity')
    ) then
      return null;
    end if;

    -- Never somebody else's account, whoever's address a token may claim: a name that is taken gets a suffix, an address is left out.
    if exists (select from app_public.users u where u.username = v_username || v_suffix) then
      v_suffix := '-' || left(case when v_try = 1 then md5(log_in.subject) else md5(gen_random_uuid()::text) end, 8);
      v_username := left(v_username, 91);
    end if;
    if exists (select from app_public.users u where u.email = v_email) then
      v_email := null;
    end if;

    -- Whoever inserts the same at this moment is waited for; what they made is found in the next turn.
    insert into app_public.users (id, username, email, display_name, external_subject)
    values (coalesce(v_subject_id, gen_random_uuid()), v_username || v_suffix, v_email, v_display_name, log_in.subject)
    on conflict do nothing
    returning id into v_user_id;
    if v_user_id is not null then
      return v_user_id;
    end if;
  end loop;
  raise exception using
    errcode = 'serialization_failure',
    message = 'The user could not be made; others keep taking the name.';
end
$$;

comment on function app_public.log_in(text, text, text, text, timestamptz) is
  E'@behavior -*\nReturns the user of a token''s subject, and makes them at their first login, once however many ask at the same moment: with the subject as their id where it is a uuid. The claims (each may be null) only name a new user; no account is ever found by its name or e-mail address. issued_at (the token''s iat): a user deleted since, or ever if it is null, is not made again, and null returned. For the server, which has verified the token.';

grant execute on function app_public.log_in(text, text, text, text, timestamptz) to steward_user, steward_admin;
