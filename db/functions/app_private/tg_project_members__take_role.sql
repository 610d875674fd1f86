create or replace function app_private.tg_project_members__take_role()
returns trigger
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  NEW.participant_role := NEW.role;
  return NEW;
end
$$;

comment on function app_private.tg_project_members__take_role() is
  'A role that somebody sets is the participant''s own from then on, or the next change elsewhere would undo it.';

create or replace trigger _100_take_role
before update of role on app_public.project_members
for each row
-- Not where app_private.refresh_project_members says what the role comes to. An application's own triggers set roles like anybody.
when (current_setting('steward.derives_roles', true) is distinct from 'on' and NEW.role <> OLD.role and NEW.participant_role is not distinct from OLD.participant_role)
execute function app_private.tg_project_members__take_role();
