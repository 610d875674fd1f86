create or replace function app_private.tg_user_deletions__note_end()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update app_private.user_deletions d set ended_at = clock_timestamp() where d.id = NEW.id;
  return null;
end
$$;

comment on function app_private.tg_user_deletions__note_end() is
  'Notes when the deleting transaction commits. Tokens that were issued while it was open are from before the deletion.';

drop trigger if exists _900_note_end on app_private.user_deletions;
create constraint trigger _900_note_end
after insert on app_private.user_deletions
deferrable initially deferred
for each row
execute function app_private.tg_user_deletions__note_end();
