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
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_subject_id uuid := app_private.subject_id(log_in.subject);
  v_user_id uuid;
  v_username text;
  v_email text;
  v_display_name text;
  v_suffix text := '';
begin
  if log_in.subject is null or length(log_in.subject) not between 1 and 255 then
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
    v_user_id := app_public.find_user(log_in.subject);
    if v_user_id is not null then
      return v_user_id;
    end if;

    -- A token from before the user's deletion does not make them again: the client that they left open asks on. A token that does
    -- not say when it was issued may be from before. The issuer's clock may be ahead of ours.
    if exists (
      select from app_private.deleted_subjects s
      join app_private.user_deletions d on d.id = s.deletion_id
      where s.subject_hash = app_private.subject_hash(log_in.subject)
        and coalesce(d.ended_at, 'infinity') + interval '5 s' > coalesce(log_in.issued_at, '-infinity')
    ) then
      return null;
    end if;

    -- Never somebody else's account, whatever address a token may claim: a name that is taken, as the first try has shown, gets a
    -- suffix; an address is left out.
    if v_try > 1 then
      v_suffix := '-' || left(case when v_try = 2 then md5(log_in.subject) else md5(gen_random_uuid()::text) end, 8);
      v_username := left(v_username, 91);
    end if;
    if exists (select from app_public.users u where lower(u.email) = lower(v_email)) then
      v_email := null;
    end if;

    -- Whoever inserts the same at this moment is waited for; what they made is found in the next turn.
    -- The id may be that of a user with another subject.
    insert into app_public.users (id, username, email, display_name, external_subject)
    select
      coalesce(nullif(v_subject_id, (select u.id from app_public.users u where u.id = v_subject_id)), gen_random_uuid()),
      v_username || v_suffix, v_email, v_display_name, coalesce(v_subject_id::text, log_in.subject)
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
  E'@behavior -*\nReturns the user of a token''s subject, and makes them at their first login, once however many ask at the same moment: with the subject as their id where it is a uuid that no other user has. The claims (each may be null) only name a new user; no account is ever found by its name or e-mail address. issued_at (the token''s iat): a user deleted since (or less than 5 s before), or ever if it is null, is not made again, and null returned. For the server, which has verified the token.';

grant execute on function app_public.log_in(text, text, text, text, timestamptz) to steward_user, steward_admin;
