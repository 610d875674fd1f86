// Deletes what goes with one subject from one table, in batches that nobody else notices: gathers the rows' addresses out of one
// snapshot, deletes them in the order of the heap, and is done when those were all there can be, or a further look finds nothing.
import { setTimeout as delay } from "node:timers/promises";
import { EngineError } from "../errors/index.ts";
import { createLimit } from "../limit.ts";
import { type Counts, createCounts } from "./counts.ts";
import { createFeed, type Feed } from "./feed.ts";
import { createPace, type Pace } from "./pace.ts";
import { type Piece, split } from "./pieces.ts";
import { FAST, gentle, type Rests } from "./rests.ts";
import { gather, isUnchanged, type Seen } from "./snapshot.ts";
import { createStatements, deletePiece, type Statements } from "./statements.ts";
import type { PurgeIo, PurgeResult, PurgeTarget } from "./types.ts";

export type { PurgeIo, PurgeProgress, PurgeResult, PurgeTarget } from "./types.ts";

/** Whoever commits waits for what a batch has written to the log: of a gentle one, that is less than they would notice. */
const BATCH = {
  fast: { start: 10_000, min: 500, max: 20_000 },
  gentle: { start: 1_000, min: 100, max: 1_000, targetMs: 4 },
} as const;
const BUDGET_MS = 60_000;
/** What refuses a batch at once would refuse it a thousand times a second. */
const HELD_UP_MS = 10;
/** Lock timeout, somebody else's lock, deadlock, serialization failure: the batch did nothing, and can be done again. */
const PASSING: readonly unknown[] = ["55P03", "ST903", "40P01", "40001"];

/** Purges at a time in this process: more would only be felt more, and each takes two connections. */
const places = createLimit(2);

interface Purge {
  readonly io: PurgeIo;
  readonly target: PurgeTarget;
  readonly pace: Pace;
  readonly rests: Rests;
  readonly counts: Counts;
  /** The worker's signal came, or the time is up. */
  readonly stop: AbortSignal;
}

/**
 * Deletes the rows of the subject with this id up to the cut-off (as steward_private.purge_cutoff gave it). Rows from after it stay,
 * whoever has the id by then. Rejects with what `io.transaction` rejects with, with Postgres' errors, and with ST708.
 */
export async function purgeTable(
  target: PurgeTarget,
  id: string,
  cutoff: string | null,
  io: PurgeIo,
): Promise<PurgeResult> {
  const stop = AbortSignal.any([io.signal, AbortSignal.timeout(io.budgetMs ?? BUDGET_MS)]);
  const rests = target.pace === "fast" ? FAST : gentle(io.pool);
  const purge: Purge = {
    io,
    target,
    pace: createPace(BATCH[target.pace]),
    rests,
    counts: createCounts(io.before),
    stop,
  };
  let hasBegun = false;
  const work = async () => {
    hasBegun = true;
    await rests.begin();
    const statements = target.tables.map((table) => createStatements(target, table, id, cutoff));
    return purge.counts.result((await purgeAll(purge, statements)) ? "done" : "continue");
  };
  return places(stop, work).catch((error) => {
    if (hasBegun) throw error;
    return purge.counts.result("continue");
  });
}

/** Looks and deletes, table by table, until a round leaves nothing: a row may move to a partition that was done. False: the time was up. */
async function purgeAll(purge: Purge, statements: readonly Statements[]): Promise<boolean> {
  let wasIdle = false;
  for (let isFirst = true; ; isFirst = false) {
    const round: Passed[] = [];
    for (const sql of statements) {
      const passed = await pass(purge, sql, isFirst);
      if (purge.stop.aborted && !passed.isAll) return false;
      round.push(passed);
    }
    if (round.every(({ isAll }) => isAll)) return true;
    // Once, others may have deleted what the look showed.
    const isIdle = round.every(({ deleted, isHeldUp }) => deleted === 0 && !isHeldUp);
    if (isIdle && wasIdle) throw new EngineError("ST708");
    wasIdle = isIdle;
  }
}

interface Passed {
  readonly deleted: number;
  /** Somebody was in the way of a batch. */
  readonly isHeldUp: boolean;
  /** Nothing is left in this table. */
  readonly isAll: boolean;
}

/** Gathers and deletes once. */
async function pass(purge: Purge, sql: Statements, isFirst: boolean): Promise<Passed> {
  const { io, target, counts, stop } = purge;
  const before = counts.done();
  let seen: Seen | undefined;
  const onBegin = (begun: Seen) => {
    seen = begun;
    counts.estimate(begun.estimate);
  };
  const feed = createFeed(gather(io.pool, sql, { target, isFirst, done: before, onBegin, stop }));
  const isWhole = target.tables.length === 1;
  let isHeldUp = false;
  try {
    isHeldUp = await deletePieces(purge, sql, feed, (rows) => isWhole && isFirst && counts.setTotal(before + rows));
  } finally {
    await feed.close();
  }
  const [found, deleted] = [feed.rows(), counts.done() - before];
  return { deleted, isHeldUp, isAll: found === 0 || (found === deleted && (await canTell(purge, sql, seen))) };
}

/**
 * Whether what a look showed was all there can be. A further look costs as much as the deletion, for it is the first to read what is dead
 * now. With partitions it is needed, for a row may have moved from one that comes later.
 */
async function canTell({ io, target }: Purge, sql: Statements, seen: Seen | undefined): Promise<boolean> {
  const isClosed = seen?.isSettled === true && target.cutoffColumn !== null && target.tables.length === 1;
  return isClosed && (await isUnchanged(io.pool, sql.table, seen));
}

/** Works the pieces off from the first to the last; one that meets a lock comes last. True: one has. */
async function deletePieces(
  purge: Purge,
  sql: Statements,
  feed: Feed,
  onCounted: (rows: number) => void,
): Promise<boolean> {
  let isHeldUp = false;
  for (let piece = await feed.take(); piece !== undefined && !purge.stop.aborted; piece = await feed.take()) {
    const { head, rest } = split(piece, purge.rests.most(purge.pace.size()));
    if (rest !== undefined) feed.first(rest);
    if (!(await purge.rests.around(() => deleteBatch(purge, sql, head), feed.advance))) {
      isHeldUp = true;
      feed.last(head);
      await delay(HELD_UP_MS);
    }
    const counted = feed.rows();
    if (counted !== undefined) onCounted(counted);
  }
  return isHeldUp;
}

/** One batch and its progress, in one transaction. False: somebody was in the way, and nothing was done. */
async function deleteBatch({ io, pace, counts }: Purge, sql: Statements, piece: Piece): Promise<boolean> {
  try {
    const deleted = await io.transaction(async (db) => {
      const rows = await pace.measure(() => deletePiece(db, sql, piece));
      await io.saveProgress(db, counts.progress(rows));
      return rows;
    });
    counts.add(deleted);
    return true;
  } catch (error) {
    if (isPassing(error)) return false;
    throw error;
  }
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && PASSING.includes(error.code)) || isPassing(error.cause);
}
