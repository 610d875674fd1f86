create or replace function app_private.pass_gates(names text[])
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- docs/decisions/one-plan.md says why
set enable_seqscan = off
set jit = off
as $$
declare
  v_name text;
  v_slot smallint;
begin
  foreach v_name in array array(select distinct n from unnest(pass_gates.names) n order by n) loop
    -- Any slot will do that no other open transaction has taken; each connection begins its search at another.
    select g.slot into v_slot
    from app_private.gates g
    where g.name = v_name
    order by (g.slot + pg_backend_pid()) % 16
    limit 1
    for no key update skip locked;

    if not found then
      -- The first time there is none. Otherwise one transaction has closed the gate, or sixteen are passing: wait for it, or for one.
      -- All gates are made at once: made one by one, each would once refuse those whose snapshots are older.
      insert into app_private.gates (name, slot)
      select n, s
      from (
        select v_name
        union
        select 'suspension ' || g from generate_series(0, 63) g
      ) a (n)
      cross join generate_series(0, 15) s
      where not exists (select from app_private.gates g where g.name = v_name)
      order by n, s
      on conflict do nothing;

      select g.slot into v_slot
      from app_private.gates g
      where g.name = v_name
      order by (g.slot + pg_backend_pid()) % 16
      limit 1
      for no key update;
    end if;

    update app_private.gates g
    set passed = g.passed + 1
    where g.name = v_name and g.slot = v_slot;
  end loop;
end
$$;

comment on function app_private.pass_gates(text[]) is
  'Passes gates, with others, until this transaction ends; whoever has closed one is waited for. Whoever closes one later sees what this transaction did, and the other way round: a transaction whose snapshot is older than the other''s commit fails with 40001 and is to be tried again. For triggers.';
