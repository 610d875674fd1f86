create or replace function app_private.start_deletions(user_ids uuid[])
returns uuid[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off -- docs/decisions/one-plan.md says why
set jit = off
as $$
declare
  v_key record;
  v_user_ids uuid[];
  v_run_ids uuid[];
begin
  v_user_ids := array(
    select g.id from unnest(start_deletions.user_ids) as g (id)
    where not exists (select from app_public.users u where u.id = g.id offset 0)
  );
  -- What the foreign keys would have done.
  for v_key in
    select c.conrelid::regclass as table_name, a.attname as column_name, c.confdeltype as action
    from pg_catalog.pg_constraint c
    join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    where c.confrelid = 'app_public.users'::regclass and c.contype = 'f'
    order by 1, 2
  loop
    if v_key.action = 'c' then
      execute format('delete from %s t where t.%I = any ($1)', v_key.table_name, v_key.column_name) using v_user_ids;
    elsif v_key.action = 'n' then
      execute format('update %s t set %2$I = null where t.%2$I = any ($1)', v_key.table_name, v_key.column_name) using v_user_ids;
    end if;
  end loop;
  v_run_ids := steward.start_runs('user_deletion', 'app_public.users', v_user_ids::text[], v_user_ids::text[]);
  perform steward.start_purge(app_private.leave_clouds(v_run_ids));
  return v_run_ids;
end
$$;

comment on function app_private.start_deletions(uuid[]) is
  'Does for users who are gone what their deletion ought to have done, and starts their user_deletion runs; those who are there are passed over. Returns the new runs. For the backfill.';
