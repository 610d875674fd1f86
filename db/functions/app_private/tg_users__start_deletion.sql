create or replace function app_private.tg_users__start_deletion()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
declare
  v_user_ids uuid[];
  v_deletion_id bigint;
  v_recent bigint;
  v_must_ask boolean;
begin
  v_user_ids := array(select id from old_rows);
  if v_user_ids = '{}' then
    return null;
  end if;

  -- What the users were about to get is not wanted any more; an earlier deletion of the same id is taken over by this one.
  perform steward_private.cancel_runs(array(
    select r.id from steward.runs r
    where r.kind in ('user_signup', 'user_update', 'user_deletion') and r.subject_id = any (v_user_ids::text[])
      and r.status in ('pending', 'running', 'suspended')
  ));
  -- Nor may what is kept of these runs name anybody.
  perform steward.erase(v_user_ids::text[]);

  insert into app_private.user_deletions (users) values (cardinality(v_user_ids)) returning id into v_deletion_id;
  -- So many within a minute, more than a tenth of all: probably nobody meant it, and what is removed at a provider is gone.
  select sum(d.users) into v_recent
  from (select d.users, d.began_at from app_private.user_deletions d order by d.id desc limit 200) d
  where d.began_at > now() - interval '1 minute';
  v_must_ask := v_recent > 100
    and (select count(*) from (select from app_public.users limit v_recent * 9) u) < v_recent * 9;
  insert into app_private.deleted_subjects (subject_hash, deletion_id)
  select distinct app_private.subject_hash(coalesce(o.external_subject, o.id::text)), v_deletion_id from old_rows o
  order by 1
  on conflict (subject_hash) do update set deletion_id = excluded.deletion_id;

  perform steward.start_purge(app_private.leave_clouds(steward.start_runs(
    'user_deletion', 'app_public.users', array_agg(o.id::text), array_agg(o.id::text), null, array_agg(jsonb_strip_nulls(jsonb_build_object('username', o.username, 'must_ask', nullif(v_must_ask, false))))
  )))
  from old_rows o;
  return null;
end
$$;

comment on function app_private.tg_users__start_deletion() is
  'Starts the user_deletion runs of deleted users, which purge what steward.purge_targets lists: at once where it is little, otherwise by steps.';

create or replace trigger _900_start_deletion
after delete on app_public.users
referencing old table as old_rows
for each statement
execute function app_private.tg_users__start_deletion();
