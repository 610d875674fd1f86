// What a chaos run changes in its database: short timeouts, little purges, and records of its own that tell what happened twice.

/** Seconds an attempt may take; workers are stopped for less and for more. */
export const TIMEOUT_SECONDS = 8;

/** SQL to run once. */
export const SETUP = `
update steward.lifecycle_steps set timeout = interval '${TIMEOUT_SECONDS} seconds';
update steward.settings set value = 20 where name = 'purge_inline_threshold';

create schema chaos;

-- What is older was there from the start.
create table chaos.beginning as select clock_timestamp() as at;
create view chaos.runs as select r.* from steward.runs r where r.created_at > (select at from chaos.beginning);

-- Every end of a run, and every going on after it.
create table chaos.ends (run_id uuid, old text, new text, at timestamptz default clock_timestamp());
create function chaos.note_end() returns trigger language plpgsql security definer as $$
begin
  insert into chaos.ends (run_id, old, new) values (NEW.id, OLD.status, NEW.status);
  return null;
end $$;
create trigger chaos_note_end after update of status on steward.runs
for each row when (OLD.status is distinct from NEW.status) execute function chaos.note_end();

-- Every success of a step with an effect in the database, and every effect that was to commit with it.
create table chaos.successes (user_id uuid, name text);
create table chaos.effects (user_id uuid, name text);
create function chaos.note_success() returns trigger language plpgsql security definer as $$
begin
  insert into chaos.successes select r.subject_id::uuid, NEW.name from steward.runs r where r.id = NEW.run_id;
  return null;
end $$;
create trigger chaos_note_success after update of status on steward.steps
for each row when (NEW.name in ('drive_account', 'drive_cleanup', 'greet') and OLD.status = 'running' and NEW.status = 'succeeded')
execute function chaos.note_success();
create function chaos.note_effect() returns trigger language plpgsql security definer as $$
begin
  insert into chaos.effects values (NEW.user_id, case when current_query() like '%files_removed +%' then 'drive_cleanup' else 'drive_account' end);
  return null;
end $$;
create trigger chaos_note_effect after update on app_public.drive_accounts for each row execute function chaos.note_effect();
`;
