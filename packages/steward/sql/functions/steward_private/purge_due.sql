create or replace function steward_private.purge_due(
  target steward.purge_targets,
  ids text[],
  most bigint,
  must_wait boolean,
  out due_ids text[],
  out few_keys text[]
)
returns record
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
set row_security = off -- rows that a policy hides would count as none: better an error, and a step that tells it
as $$
declare
  v_each text := steward_private.purge_condition(purge_due.target, 'array[k.id]');
  v_found bigint;
begin
  due_ids := purge_due.ids;
  if v_each is null or not steward_private.has_key_index(purge_due.target.table_name::regclass, purge_due.target.key_column) then
    return;
  end if;
  -- No further than needed.
  execute format(
    'select count(*) from (
       select from unnest($1) as k (id) cross join lateral (select from %s t where %s limit $2) t limit $2
     ) found',
    purge_due.target.table_name, v_each
  ) into v_found using purge_due.ids, purge_due.most + 1;
  if v_found = 0 then
    due_ids := '{}';
  elsif v_found <= purge_due.most and not purge_due.must_wait then
    if purge_due.target.key_query is null then
      few_keys := purge_due.ids;
    else
      execute format('select array(%s)::text[]', purge_due.target.key_query) into few_keys using purge_due.ids;
    end if;
  else
    execute format(
      'select coalesce(array_agg(k.id), ''{}'') from unnest($1) as k (id) where exists (select from %s t where %s offset 0)',
      purge_due.target.table_name, v_each
    ) into due_ids using purge_due.ids;
  end if;
end
$$;

comment on function steward_private.purge_due(steward.purge_targets, text[], bigint, boolean) is
  'Which of the subjects have rows in a registered table; all of them where no index could tell. few_keys is null unless the rows are not more than most, an index finds them, and they need not wait for other tables; then it has the values of key_column to delete by. For steward.start_purge.';
