create or replace function steward_private.take_turn(name text)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform from steward_private.turns t where t.name = take_turn.name for update skip locked;
  if not found then
    -- Somebody has it; or a restore or a hand has emptied the table, and nobody would ever rescue or mend again.
    insert into steward_private.turns (name) values (take_turn.name) on conflict do nothing;
  end if;
  return found;
end
$$;

comment on function steward_private.take_turn(text) is
  'Whether the transaction may do this upkeep: then nobody else does until it ends. For workers.';
