// The one look at the table that a pass of the purge works off.
import { setTimeout as delay } from "node:timers/promises";
import { gatherByIndex, gatherByWalk, type Pieces } from "./gather.ts";
import { ALL_ROWS, type Statements } from "./statements.ts";
import type { Db, PurgeIo, PurgeTarget } from "./types.ts";

/** Above this, gathering through the index would begin with a statement of more than 250 ms. */
const MOST_BY_INDEX = 2_000_000;
/** A table of so many pages (800 MB) is walked in about a second. */
const SMALL_TABLE = 100_000;
/** Index entries of so many rows that this purge has deleted are passed in a moment. */
const FEW_DEAD = 100_000;
/** How long to wait for transactions that were writing when the purge began, in ms. */
const WRITERS_MS = 2_000;

interface Look {
  readonly target: PurgeTarget;
  /** The first look of this job. */
  readonly isFirst: boolean;
  /** Rows that this purge has deleted. */
  readonly done: number;
  /** Called before the first piece. */
  readonly onBegin: (seen: Seen) => void;
  readonly stop: AbortSignal;
}

/** What is known of the table as a look begins. */
export interface Seen {
  /** Rows to delete, as the planner believes. */
  readonly estimate: number;
  /** Everybody who was writing before has ended, so that all rows from before the cut-off are in the snapshot. */
  readonly isSettled: boolean;
  /** The file behind the name: another table's, or a rewritten one's, is another. Undefined where a deleted row may not be gone. */
  readonly file: string | undefined;
}

/**
 * Where the rows lie, out of one snapshot, which is given back with its connection as soon as all pieces are taken. When this purge
 * has deleted much already, the index is full of dead entries that a bitmap scan would visit all in one statement: then the table is
 * walked in short ones.
 */
export async function* gather(
  pool: PurgeIo["pool"],
  sql: Statements,
  { target, isFirst, done, onBegin, stop }: Look,
): Pieces {
  const db = await pool.connect();
  let failure: Error | undefined;
  try {
    const isSettled = isFirst && (await waitForWriters(db, sql.table, stop));
    await db.query(`begin transaction isolation level repeatable read, read only; ${ALL_ROWS}`);
    const estimate = await estimateRows(db, sql);
    const blocks = await countBlocks(db, sql.table);
    onBegin({ estimate, isSettled, file: await findFile(db, sql.table) });
    const isLarge = done > FEW_DEAD || estimate > MOST_BY_INDEX;
    const isWalk = !target.isIndexed || (isLarge && blocks <= Math.max(SMALL_TABLE, estimate));
    yield* isWalk ? gatherByWalk(db, sql, blocks) : gatherByIndex(db, sql, blocks);
  } finally {
    await db.query("rollback").catch((error) => (failure = error));
    db.release(failure);
  }
}

/** Whether the name still stands for the file that a look saw. */
export async function isUnchanged(pool: PurgeIo["pool"], table: string, { file }: Seen): Promise<boolean> {
  const db = await pool.connect();
  try {
    return file !== undefined && (await findFile(db, table)) === file;
  } finally {
    db.release();
  }
}

/** How many rows the planner believes there are. */
async function estimateRows(db: Db, sql: Statements): Promise<number> {
  const { rows } = await db.query<{ "QUERY PLAN": [{ Plan: { "Plan Rows": number } }] }>(sql.explain);
  return rows[0]?.["QUERY PLAN"][0].Plan["Plan Rows"] ?? 0;
}

/** Who writes to the table or to what it is a partition of. Whoever inserts has the lock before a default or a trigger is run, but may get a number only with the first row. */
const WRITERS = `
select pg_current_xact_id()::text as xid, array(
  select l.virtualtransaction
  from pg_locks l
  where l.locktype = 'relation' and l.mode = 'RowExclusiveLock' and l.pid is distinct from pg_backend_pid()
    and l.database = (select d.oid from pg_database d where d.datname = current_database())
    and l.relation in (select $1::regclass::oid union all select a.relid from pg_partition_ancestors($1::regclass) a)
) as writers`;

const ENDED = `
select pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8
  and not exists (select from pg_locks l where l.virtualtransaction = any ($2::text[])) as ended`;

/**
 * Rows of transactions that are still open are in nobody's snapshot. Those that were open when the purge began may hold rows
 * from before the cut-off: wait for them, but not for ever; what comes later is found by a further look, or by the nightly sweep.
 * Whether all have ended.
 */
async function waitForWriters(db: Db, table: string, stop: AbortSignal): Promise<boolean> {
  const { rows: begun } = await db.query<{ xid: string; writers: string[] }>(WRITERS, [table]);
  const until = performance.now() + WRITERS_MS;
  while (performance.now() < until && !stop.aborted) {
    const { rows } = await db.query<{ ended: boolean }>(ENDED, [begun[0]?.xid, begun[0]?.writers]);
    if (rows[0]?.ended) return true;
    await delay(10);
  }
  return false;
}

async function countBlocks(db: Db, table: string): Promise<number> {
  const { rows } = await db.query<{ blocks: number }>(
    "select pg_relation_size($1::regclass)::float8 / current_setting('block_size')::int as blocks",
    [table],
  );
  return rows[0]?.blocks ?? 0;
}

/** It waits for no lock. A rule may make something else of a delete, and a trigger may bring rows back. */
async function findFile(db: Db, table: string): Promise<string | undefined> {
  const { rows } = await db.query<{ file: string }>(
    `select c.oid || ' ' || pg_relation_filenode(c.oid) as file
     from pg_class c
     where c.oid = $1::regclass and not c.relhasrules
       and not exists (select from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal and t.tgtype & 8 > 0)`,
    [table],
  );
  return rows[0]?.file;
}
