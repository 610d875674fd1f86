create or replace function app_private.tg_spaces__keep_former_owner()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  NEW.former_owner_id := case when NEW.owner_id is null then OLD.owner_id end;
  return NEW;
end
$$;

comment on function app_private.tg_spaces__keep_former_owner() is
  'Notes whose a space was that lost its owner, as the foreign key does when the user is deleted. A space that gets an owner again forgets it.';

create or replace trigger _100_keep_former_owner
before update of owner_id on app_public.spaces
for each row
when (OLD.owner_id is distinct from NEW.owner_id)
execute function app_private.tg_spaces__keep_former_owner();
