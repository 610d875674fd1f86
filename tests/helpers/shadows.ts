// Traps for functions that run with another's rights: in the session's temporary schema, which anybody may fill, there is something of the
// name of everything that they use. Whatever is taken from there instead of from where it belongs says so.
import type pg from "pg";

/** What a trap says, as a warning, when it runs with the rights of `owner`: errors may be caught, warnings arrive. */
const SPRUNG = "a trap was sprung";

/** `domains` shadow each type by one that checks its values; `casts` by one into which, and out of which, others are cast. */
export type Kind = "domains" | "casts";

const spring = (owner: string) => `
  create function pg_temp.spring() returns pg_catalog.bool language plpgsql as $trap$
  begin
    if current_user = ${literal(owner)} then
      raise warning '${SPRUNG}';
    end if;
    return true;
  end
  $trap$`;

const DOMAINS = `
  for v_name in SELECT_TYPES loop
    begin
      execute format('create domain pg_temp.%I as pg_catalog.%1$I check (pg_temp.spring())', v_name);
    exception when others then
      continue; -- no domain can be made of it
    end;
  end loop;`;

const CASTS = `
  for v_name in SELECT_TYPES loop
    execute format('create type pg_temp.%I as (it pg_catalog.text)', v_name);
    foreach v_other in array '{text,uuid,jsonb,int8,int4,int2,bool,timestamptz,interval,regclass,name}'::pg_catalog.text[] loop
      execute format('create function pg_temp.%I(pg_catalog.%I) returns pg_temp.%I language plpgsql as
        ''begin perform pg_temp.spring(); return null; end''', v_name || '_from_' || v_other, v_other, v_name);
      execute format('create cast (pg_catalog.%I as pg_temp.%I) with function pg_temp.%I(pg_catalog.%1$I) as implicit',
        v_other, v_name, v_name || '_from_' || v_other);
    end loop;
  end loop;`;

/** Every word that functions of ours, or of the queue, consist of: they may mean something by it. */
const WORDS = `v_words := array(
    select distinct w.word[1] from pg_catalog.pg_proc p, pg_catalog.regexp_matches(p.prosrc, '\\w+', 'g') w (word)
    where p.pronamespace::pg_catalog.regnamespace::pg_catalog.text in ('app_public', 'app_private', 'steward', 'steward_private', 'graphile_worker')
  );`;

const SELECT_TYPES = `select distinct t.typname from pg_catalog.pg_type t
  where t.typnamespace::pg_catalog.regnamespace::pg_catalog.text in ('pg_catalog', 'app_public', 'app_private', 'steward', 'steward_private')
    and t.typtype in ('b', 'r', 'e') and t.typcategory <> 'A' and t.typname = any (v_words)`;

const REST = `
  for v_name in
    select c.relname from pg_catalog.pg_class c
    where c.relnamespace::pg_catalog.regnamespace::pg_catalog.text in ('app_public', 'app_private', 'steward', 'steward_private', 'graphile_worker') and c.relkind in ('r', 'v')
    union select unnest('{new_rows,old_rows,changed_rows,pg_class,pg_attribute,pg_locks,pg_index}'::pg_catalog.text[])
  loop
    execute format('create view pg_temp.%I as select pg_temp.spring() as id', v_name);
  end loop;

  for v_function in
    select distinct on (p.proname, p.proargtypes) p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid) as arguments,
      pg_catalog.format_type(p.prorettype, null) as returned
    from pg_catalog.pg_proc p
    where p.prokind = 'f' and not p.proretset and p.provariadic = 0 and p.pronamespace::pg_catalog.regnamespace::pg_catalog.text in ('pg_catalog', 'app_public', 'app_private', 'steward', 'steward_private')
      and p.proname = any (v_words)
  loop
    begin
      execute format('create function pg_temp.%I(%s) returns %s language plpgsql as ''begin perform pg_temp.spring(); return null; end''',
        v_function.proname, v_function.arguments, v_function.returned);
    exception when others then
      continue; -- not every signature can be written down again
    end;
  end loop;

  for v_operator in
    select o.oprname, pg_catalog.format_type(o.oprleft, null) as l, pg_catalog.format_type(o.oprright, null) as r, pg_catalog.format_type(o.oprresult, null) as result
    from pg_catalog.pg_operator o
    where o.oprnamespace = 'pg_catalog'::pg_catalog.regnamespace and o.oprkind = 'b' and o.oprleft <> 0
      and o.oprleft = any ('{text,uuid,jsonb,json,int8,int4,int2,timestamptz,interval,float8,numeric,anyarray,anyenum}'::pg_catalog.regtype[])
      and o.oprname in ('=', '<>', '<', '>', '<=', '>=', '||', '->', '->>', '@>', '&&', '~', '~*', '!~', '+', '-', '*', '/')
  loop
    begin
      execute format('create function pg_temp.operate(%s, %s) returns %s language plpgsql as ''begin perform pg_temp.spring(); return null; end''',
        v_operator.l, v_operator.r, v_operator.result);
      execute format('create operator pg_temp.%s (leftarg = %s, rightarg = %s, function = pg_temp.operate)', v_operator.oprname, v_operator.l, v_operator.r);
    exception when others then
      continue;
    end;
  end loop;`;

/** Fills the session's temporary schema, as whoever the session is. `owner` owns the functions that are to be lured. */
export async function setTraps(client: pg.ClientBase, owner: string, kind: Kind): Promise<void> {
  // With the path that they are to lure others from, what follows would fall into them itself.
  await client.query("set search_path = pg_catalog, pg_temp");
  await client.query(spring(owner));
  const types = (kind === "domains" ? DOMAINS : CASTS).replaceAll("SELECT_TYPES", SELECT_TYPES);
  await client.query(`do $traps$ declare v_name text; v_other text; v_function record; v_operator record; v_words pg_catalog.text[];
    begin ${WORDS} ${REST} ${types} end $traps$`);
  await client.query("reset search_path");
}

/** Counts the traps that are sprung from now on. */
export function watchTraps(client: pg.ClientBase): { sprung(): number } {
  let count = 0;
  client.on("notice", ({ message }) => {
    if (message === SPRUNG) count++;
  });
  return {
    sprung() {
      const sprung = count;
      count = 0;
      return sprung;
    },
  };
}

function literal(name: string): string {
  return `'${name.replaceAll("'", "''")}'`;
}
