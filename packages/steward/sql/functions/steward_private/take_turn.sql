create or replace function steward_private.take_turn(name text)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform from steward_private.turns t where t.name = take_turn.name for update skip locked;
  return found;
end
$$;

comment on function steward_private.take_turn(text) is
  'Whether the transaction may do this upkeep: then nobody else does until it ends. For workers.';
