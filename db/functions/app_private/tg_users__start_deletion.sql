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
  v_run_ids uuid[];
  v_target steward.purge_targets;
  v_threshold bigint;
  v_found bigint;
  v_inline_total bigint := 0;
  v_is_inline boolean := true;
  v_cutoffs jsonb := '{}';
  v_deletion_id bigint;
begin
  v_user_ids := array(select id from old_rows);
  if v_user_ids = '{}' then
    return null;
  end if;
  select s.value into strict v_threshold from steward.settings s where s.name = 'purge_inline_threshold';

  -- What the users were about to get is not wanted any more; an earlier deletion of the same id is taken over by this one.
  perform steward_private.cancel_runs(array(
    select r.id from steward.runs r
    where r.kind in ('user_signup', 'user_deletion') and r.subject_id = any (v_user_ids::text[])
      and r.status in ('pending', 'running', 'suspended')
  ));
  -- Nor is the name that the earlier one would have needed.
  update steward.runs r
  set input = r.input - 'username'
  where r.owner_id = any (v_user_ids::text[]) and r.kind = 'user_deletion' and r.status = 'cancelled' and r.input ? 'username';

  -- A loop over tables, not over rows: the registry says which. Counted over all of them, and no further than needed.
  for v_target in select * from steward.purge_targets order by table_name loop
    v_cutoffs := v_cutoffs || jsonb_build_object(v_target.table_name, steward_private.purge_cutoff(v_target.table_name));
    continue when not v_is_inline;
    execute format(
      'select count(*) from (
         select from unnest($1) as u (id) cross join lateral (select from %s t where t.%I = u.id limit $2) t limit $2
       ) found',
      v_target.table_name::regclass, v_target.user_column
    ) into v_found using v_user_ids, v_threshold - v_inline_total + 1;
    v_inline_total := v_inline_total + v_found;
    v_is_inline := v_inline_total <= v_threshold;
  end loop;

  insert into app_private.user_deletions default values returning id into v_deletion_id;
  insert into app_private.deleted_subjects (subject_hash, deletion_id)
  select distinct app_private.subject_hash(coalesce(o.external_subject, o.id::text)), v_deletion_id from old_rows o
  order by 1
  on conflict (subject_hash) do update set deletion_id = excluded.deletion_id;

  select steward.start_runs(
    'user_deletion', 'app_public.users', array_agg(o.id::text), array_agg(o.id::text), null,
    array_agg(jsonb_build_object('cutoffs', v_cutoffs, 'username', o.username))
  )
  into v_run_ids
  from old_rows o;

  if not v_is_inline then
    perform steward.request_steps(array_agg(r.id), 'purge', array_agg(t.table_name))
    from unnest(v_run_ids) as r (id)
    cross join steward.purge_targets t;
    return null;
  end if;

  for v_target in select * from steward.purge_targets order by table_name loop
    execute format('delete from %s t where t.%I = any ($1)', v_target.table_name::regclass, v_target.user_column) using v_user_ids;
  end loop;
  return null;
end
$$;

comment on function app_private.tg_users__start_deletion() is
  'Starts the user_deletion runs of deleted users. What the registry lists goes at once when it is little (settings.purge_inline_threshold), otherwise by purge steps.';

create or replace trigger _900_start_deletion
after delete on app_public.users
referencing old table as old_rows
for each statement
execute function app_private.tg_users__start_deletion();
