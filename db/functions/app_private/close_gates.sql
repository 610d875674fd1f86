create or replace function app_private.close_gates(names text[])
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
begin
  insert into app_private.gates (name, slot)
  select n, s from unnest(close_gates.names) n cross join generate_series(0, 15) s
  order by n, s
  on conflict do nothing;

  perform from app_private.gates g
  where g.name = any (close_gates.names)
  order by g.name, g.slot
  for no key update;

  update app_private.gates g
  set passed = g.passed + 1
  where g.name = any (close_gates.names);
end
$$;

comment on function app_private.close_gates(text[]) is
  'Closes gates until this transaction ends, once those who are passing have ended theirs. See app_private.pass_gates. For triggers and mutations.';
