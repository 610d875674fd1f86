create or replace function steward_private.tg_purge_targets__check()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_subjects regclass := steward_private.find_table(NEW.subject_table);
begin
  if v_subjects is null then
    raise exception using
      errcode = 'ST701', column = 'subject_table',
      message = format('There is no table %s, whose rows would be purged for.', quote_literal(left(NEW.subject_table, 150))),
      hint = 'Name an existing table as schema.table.';
  end if;
  -- As statements spell it: from here on the names may be put into SQL as they are.
  NEW.subject_table := v_subjects::text;
  NEW.table_name := coalesce(steward_private.find_table(NEW.table_name)::text, NEW.table_name);
  -- A new name makes no table worse than it is.
  if TG_OP = 'UPDATE' and (steward_private.find_table(NEW.table_name), NEW.key_column, NEW.key_query, NEW.cutoff_column) is not distinct from (OLD.table_id, OLD.key_column, OLD.key_query, OLD.cutoff_column) then
    return NEW;
  end if;
  perform steward_private.check_purge_target(NEW);
  NEW.table_id := NEW.table_name::regclass;
  if not steward_private.has_key_index(NEW.table_name::regclass, NEW.key_column) then
    raise warning using
      errcode = 'ST703', column = 'key_column',
      message = format('No index of %s begins with %s: every purge reads the whole table, in the background, however few rows there are.', NEW.table_name, NEW.key_column),
      hint = format('If that is too slow: create index concurrently on %s (%I);', NEW.table_name, NEW.key_column);
  end if;
  return NEW;
end
$$;

comment on function steward_private.tg_purge_targets__check() is
  'Refuses what could not be purged: no such table (ST701), columns or a query that do not serve (ST702). Warns where no index finds the rows (ST703). Spells the tables'' names as SQL does.';

create or replace trigger _200_check
before insert or update on steward.purge_targets
for each row
execute function steward_private.tg_purge_targets__check();
