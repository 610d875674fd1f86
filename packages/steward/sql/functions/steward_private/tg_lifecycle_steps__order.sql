create or replace function steward_private.tg_lifecycle_steps__order()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_kind text;
begin
  for v_kind in select distinct c.kind from changed c order by c.kind loop
    -- One at a time, or two that do not see each other could close a circle together. Written, not only locked: a transaction that
    -- cannot see what the other did is told to try again, whatever its isolation level.
    update steward.lifecycles l set description = l.description where l.kind = v_kind;

    -- This brings it here once more, where there is nothing left to derive.
    update steward.lifecycle_steps d
    set ancestors = o.ancestors
    from steward_private.order_steps(array(select s from steward.lifecycle_steps s where s.kind = v_kind)) o
    where d.kind = v_kind and d.name = o.name and d.ancestors <> o.ancestors;
  end loop;
  return null;
end
$$;

comment on function steward_private.tg_lifecycle_steps__order() is
  'Refuses steps that could never begin (ST420), and derives what comes before each. Steps that name each other have to be written in one statement.';

create or replace trigger _500_order_new
after insert on steward.lifecycle_steps
referencing new table as changed
for each statement
execute function steward_private.tg_lifecycle_steps__order();

create or replace trigger _500_order_changed
after update on steward.lifecycle_steps
referencing new table as changed
for each statement
execute function steward_private.tg_lifecycle_steps__order();

create or replace trigger _500_order_left
after delete on steward.lifecycle_steps
referencing old table as changed
for each statement
execute function steward_private.tg_lifecycle_steps__order();
