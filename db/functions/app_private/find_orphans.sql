create or replace function app_private.find_orphans(
  table_name text,
  after uuid,
  max_ids integer,
  out user_ids uuid[],
  out next_after uuid,
  out cutoff text
)
returns record
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
set row_security = off -- rows that a policy hides would count as none: better an error
as $$
declare
  v_key_column text;
begin
  -- Before the look: whoever is given a found id again after it keeps what comes after this.
  cutoff := steward_private.purge_cutoff('app_public.users', find_orphans.table_name);
  select t.key_column into strict v_key_column
  from steward.purge_targets t
  where t.subject_table = 'app_public.users' and t.table_name = find_orphans.table_name;

  -- From each id straight to the next greater one in the index: what is read grows with the ids, not with their rows.
  execute format(
    $sql$
      with recursive ids (id, position) as (
        (select t.%2$I, 1 from %1$s t where $1 is null or t.%2$I > $1 order by t.%2$I limit 1)
        union all
        select (select t.%2$I from %1$s t where t.%2$I > ids.id order by t.%2$I limit 1), ids.position + 1
        from ids
        where ids.id is not null and ids.position < $2
      )
      select
        coalesce(array_agg(ids.id order by ids.position) filter (where ids.id is not null and not t.is_known), '{}'),
        (array_agg(ids.id) filter (where ids.position = $2))[1]
      from ids
      cross join lateral (
        select exists (select from app_public.users u where u.id = ids.id offset 0)
          or exists (
            select from steward.runs r
            where r.kind = 'user_deletion' and r.subject_id = ids.id::text and r.status in ('pending', 'running', 'suspended')
            offset 0
          ) as is_known
      ) t
    $sql$,
    find_orphans.table_name, v_key_column
  )
  into user_ids, next_after
  using find_orphans.after, find_orphans.max_ids;
end
$$;

comment on function app_private.find_orphans(text, uuid, integer) is
  'Looks at the next max_ids distinct user ids of a registered table, beginning after the given one (null: at the first). Gives those that belong to no user and that no deletion is at work on, the cut-off to purge them by, and where to go on (null: that was the last). ST704 if the table is not registered.';
