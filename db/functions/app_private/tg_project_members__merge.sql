create or replace function app_private.tg_project_members__merge()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
begin
  if NEW.participant_role is null then
    return NEW; -- added by app_private.refresh_project_members, which knows best
  end if;
  NEW.participant_role := NEW.role;
  -- Already a member for another reason: the row gains a reason, and the higher role holds.
  update app_public.project_members m
  set participant_role = NEW.participant_role, role = least(m.role, NEW.role)
  where m.project_id = NEW.project_id and m.user_id = NEW.user_id and m.participant_role is null;
  return case when found then null else NEW end;
end
$$;

comment on function app_private.tg_project_members__merge() is
  'Participants may be inserted whether or not they are members already as admins, tenant users or creator.';

create or replace trigger _100_merge
before insert on app_public.project_members
for each row
execute function app_private.tg_project_members__merge();
