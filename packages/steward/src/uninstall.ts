// Takes Steward out of a database again: triggers, schemas, and graphile-worker's schema if the engine made it. A dump of the schema is
// then what it was before.
import pg from "pg";
import { EngineError } from "./errors/index.ts";
import { readApplied } from "./migrate/applied.ts";
import { withClient } from "./migrate/connect.ts";
import { noted, QUEUE_MARK, QUEUE_SCHEMA } from "./migrate/library.ts";
import { withLock } from "./migrate/lock.ts";

export interface UninstallOptions {
  /** Goes on although workers are alive or runs are open: these are lost. */
  readonly force?: boolean;
}

export interface Uninstalled {
  /** Tables whose triggers were removed. */
  readonly tables: readonly string[];
  /** Schemas that were dropped. */
  readonly schemas: readonly string[];
  /** Runs that had not ended. */
  readonly openRuns: number;
}

const OURS = ["steward", "steward_private"];

const IS_THERE = "select to_regnamespace('steward_private') is not null as there";
const IN_USE = `
select (select count(*) from steward.workers)::int as workers,
  (select count(*) from steward.runs where status in ('pending', 'running', 'suspended'))::int as runs`;
const DETACH = `
select t.table_id::text as table_name, steward_private.drop_triggers(t.table_id)
from (
  select a.table_id from steward.attachments a join pg_class c on c.oid = a.table_id
  union
  -- Partitions that left an attached table.
  select t.tgrelid from pg_trigger t join pg_proc p on p.oid = t.tgfoid
  where p.pronamespace = 'steward_private'::regnamespace and not t.tgisinternal and t.tgname like '\\_900\\_steward\\_%'
    and not exists (select from pg_partition_ancestors(t.tgrelid) r join steward.attachments a on a.table_id = r.relid)
) t
order by 1`;
const QUEUES = `
select n.nspname as name from pg_namespace n where obj_description(n.oid, 'pg_namespace') = $1 order by 1`;
/** What others have made on what would go: views, columns, constraints, functions and defaults outside. */
const DEPENDENTS = `
with ours as (select oid from pg_namespace where nspname = any ($1)),
gone (classid, objid) as (
  select 'pg_class'::regclass, oid from pg_class where relnamespace in (select oid from ours)
  union all select 'pg_proc'::regclass, oid from pg_proc where pronamespace in (select oid from ours)
  union all select 'pg_type'::regclass, oid from pg_type where typnamespace in (select oid from ours)
),
dependents as (
  select d.classid, d.objid, d.objsubid from pg_depend d
  join gone g on g.classid = d.refclassid and g.objid = d.refobjid
  where d.deptype = 'n' and (d.classid, d.objid) not in (select classid, objid from gone)
)
select distinct case when r.oid is not null then pg_describe_object('pg_class'::regclass, r.ev_class, 0)
  else pg_describe_object(d.classid, d.objid, d.objsubid) end as what
from dependents d
left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
left join pg_class c on c.oid = coalesce(r.ev_class,
  case when d.classid = 'pg_class'::regclass then d.objid end,
  (select k.conrelid from pg_constraint k where d.classid = 'pg_constraint'::regclass and k.oid = d.objid),
  (select t.tgrelid from pg_trigger t where d.classid = 'pg_trigger'::regclass and t.oid = d.objid),
  (select p.polrelid from pg_policy p where d.classid = 'pg_policy'::regclass and p.oid = d.objid),
  (select a.adrelid from pg_attrdef a where d.classid = 'pg_attrdef'::regclass and a.oid = d.objid))
where coalesce(c.relnamespace <> all (array(select oid from ours)), true)
order by 1`;

/**
 * Removes all that Steward made in the database of this connection, the owner's. It is one transaction. ST836: it is in use; ST837:
 * something of the application's depends on it; ST901: it cannot be reached.
 */
export async function uninstall(
  connectionString: string,
  { force = false }: UninstallOptions = {},
): Promise<Uninstalled> {
  return withClient({ connectionString, application_name: "steward uninstall" }, async (client) => {
    const { rows } = await client.query<{ there: boolean }>(IS_THERE);
    if (rows[0]?.there !== true) return { tables: [], schemas: [], openRuns: 0 };
    return withLock(client, async () => {
      await client.query("begin");
      try {
        const removed = await remove(client, force);
        await client.query("commit");
        return removed;
      } catch (error) {
        await client.query("rollback");
        throw error;
      }
    });
  });
}

async function remove(client: pg.Client, force: boolean): Promise<Uninstalled> {
  const openRuns = await refuseInUse(client, force);
  const { rows: tables } = await client.query<{ table_name: string }>(DETACH);
  const { rows: queues } = await client.query<{ name: string }>(QUEUES, [QUEUE_MARK]);
  const schemas = [...OURS, ...queues.map(({ name }) => name)];
  const { rows: dependents } = await client.query<{ what: string }>(DEPENDENTS, [schemas]);
  if (dependents.length > 0)
    throw new EngineError("ST837", {
      sentence: `Something of the application's depends on Steward: ${dependents.map(({ what }) => what).join(", ")}.`,
    });
  await emptyQueue(client);
  await client.query("set local client_min_messages = warning");
  await client.query(`drop schema ${schemas.map((name) => pg.escapeIdentifier(name)).join(", ")} cascade`);
  return { tables: tables.map(({ table_name }) => table_name), schemas, openRuns };
}

/** Our jobs in a queue that the application keeps: no worker of its own would ever take them. */
async function emptyQueue(client: pg.Client): Promise<void> {
  const queue = pg.escapeIdentifier(noted(await readApplied(client, "steward_private")) ?? QUEUE_SCHEMA);
  await client.query(
    `delete from ${queue}._private_jobs j using steward.jobs o where o.step_id is not null and j.id = o.job_id`,
  );
}

async function refuseInUse(client: pg.Client, force: boolean): Promise<number> {
  const { rows } = await client.query<{ workers: number; runs: number }>(IN_USE);
  const { workers = 0, runs = 0 } = rows[0] ?? {};
  if (!force && workers > 0) throw new EngineError("ST836", { sentence: `Workers that are alive: ${workers}.` });
  if (!force && runs > 0) throw new EngineError("ST836", { sentence: `Runs that have not ended: ${runs}.` });
  return runs;
}
