-- Names that people or providers would take for one cannot both exist: without regard to case, to how a character is written (Unicode's
-- NFKC), to the kind and number of spaces, and to characters that show nothing (zero-width, direction marks, byte order marks,
-- soft hyphens, variation selectors). E-mail addresses without regard to case. Users who have such names already keep them:
-- of each group all but the first are left out of the index, and app_private.similar_users lists them.
-- The plain constraints stay: `on conflict (username)` of an application needs them. Only built-in functions: an index expression runs with the rights of whoever inserts.
-- Keeps others from writing users while two indexes are built: about a second for 300,000.
do $$
declare
  v_folded constant text := $sql$case
    when octet_length(username) = length(username) and position('  ' in username) = 0 then lower(username)
    else lower(upper(btrim(regexp_replace(
      normalize(regexp_replace(
        username,
        '[\u0080-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+',
        '', 'g'
      ), nfkc),
      '[\s\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000]+', ' ', 'g'
    ))))
  end$sql$;
  v_later uuid[];
begin
  execute format($sql$
    create view app_private.similar_users as
    select 'username' as field, u.folded as taken_for, array_agg(u.id order by u.created_at, u.id) as user_ids, array_agg(u.username order by u.created_at, u.id) as spellings
    from (select u.id, u.created_at, u.username, %1$s as folded from app_public.users u) u
    group by u.folded
    having count(*) > 1
    union all
    select 'email', lower(u.email), array_agg(u.id order by u.created_at, u.id), array_agg(u.email order by u.created_at, u.id)
    from app_public.users u
    where u.email is not null
    group by lower(u.email)
    having count(*) > 1
  $sql$, v_folded);

  select array_agg(later.id) into v_later from app_private.similar_users s cross join unnest(s.user_ids[2:]) as later (id) where s.field = 'username';
  execute format(
    'create unique index users_username_folded_key on app_public.users ((%s)) %s',
    v_folded, case when v_later is not null then format('where id <> all (%L)', v_later) end
  );

  select array_agg(later.id) into v_later from app_private.similar_users s cross join unnest(s.user_ids[2:]) as later (id) where s.field = 'email';
  execute format(
    'create unique index users_email_folded_key on app_public.users (lower(email)) %s',
    case when v_later is not null then format('where id <> all (%L)', v_later) end
  );
end
$$;

comment on column app_public.users.username is
  'Unique, without regard to case, spelling in Unicode, and what does not show; 1 to 100 characters, no blank at either end.';
comment on column app_public.users.email is 'Unique without regard to case; null when the identity provider gave none.';

comment on view app_private.similar_users is
  'Users whom people or providers would take for one: they were there before that was refused, or an index was missing. Rename all but one. Empty otherwise. Reads all users.';
comment on column app_private.similar_users.field is 'username or email.';
comment on column app_private.similar_users.taken_for is 'What they amount to.';
comment on column app_private.similar_users.user_ids is 'Who they are, the oldest first.';
comment on column app_private.similar_users.spellings is 'How each is written, in the same order.';
