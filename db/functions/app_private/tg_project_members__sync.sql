create or replace function app_private.tg_project_members__sync()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set enable_nestloop = off
set jit = off
as $$
begin
  if TG_OP = 'INSERT' then
    perform app_private.sync_members(array_agg(n.project_id), array_agg(n.user_id)) from new_rows n having count(*) > 0;
  elsif TG_OP = 'UPDATE' then
    perform app_private.sync_members(array_agg(n.project_id), array_agg(n.user_id))
    from (
      select project_id, user_id from new_rows n full join old_rows o using (project_id, user_id) where o.role is distinct from n.role
    ) n
    having count(*) > 0;
    -- What was changed may be lower than what another reason gives.
    perform app_private.refresh_project_members(array_agg(n.project_id), array_agg(n.user_id))
    from (
      select project_id, user_id from new_rows n full join old_rows o using (project_id, user_id)
      where o.participant_role is distinct from n.participant_role
    ) n
    having count(*) > 0;
  else
    -- Users who are gone altogether are removed at the provider by their user_deletion.
    perform app_private.sync_members(array_agg(o.project_id), array_agg(o.user_id))
    from old_rows o
    where exists (select from app_public.users u where u.id = o.user_id offset 0)
    having count(*) > 0;
    -- A participant who leaves may still be a member for another reason.
    perform app_private.refresh_project_members(array_agg(o.project_id), array_agg(o.user_id))
    from old_rows o
    where o.participant_role is not null
    having count(*) > 0;
  end if;
  return null;
end
$$;

comment on function app_private.tg_project_members__sync() is
  'Has the cloud provider brought into line for just those members who came, went or changed their role.';

create or replace trigger _900_sync_on_insert
after insert on app_public.project_members
referencing new table as new_rows
for each statement
execute function app_private.tg_project_members__sync();

create or replace trigger _900_sync_on_update
after update on app_public.project_members
referencing old table as old_rows new table as new_rows
for each statement
execute function app_private.tg_project_members__sync();

create or replace trigger _900_sync_on_delete
after delete on app_public.project_members
referencing old table as old_rows
for each statement
execute function app_private.tg_project_members__sync();
