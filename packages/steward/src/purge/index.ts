// Deletes what a user owned in one table, in batches that nobody else notices: gathers the rows' addresses out of one
// snapshot, deletes them in the order of the heap, and is done when as many went as the snapshot showed.
import { setTimeout as delay } from "node:timers/promises";
import { createLimit } from "../limit.ts";
import { type Counts, createCounts } from "./counts.ts";
import { createFeed, type Feed } from "./feed.ts";
import { createPace, type Pace } from "./pace.ts";
import { type Piece, split } from "./pieces.ts";
import { gather } from "./snapshot.ts";
import { createStatements, deletePiece, type Statements } from "./statements.ts";
import type { PurgeIo, PurgeResult, PurgeTarget } from "./types.ts";

export type { PurgeIo, PurgeProgress, PurgeResult, PurgeTarget } from "./types.ts";

const BATCH = { start: 10_000, min: 500, max: 20_000 };
const PAUSE_MS = 10;
const BUDGET_MS = 60_000;
/** Lock timeout, somebody else's lock, deadlock, serialization failure: the batch did nothing, and can be done again. */
const PASSING: readonly unknown[] = ["55P03", "ST903", "40P01", "40001"];

/** Purges at a time in this process: more would only be felt more, and each takes two connections. */
const places = createLimit(2);

interface Purge {
  readonly io: PurgeIo;
  readonly sql: Statements;
  readonly pace: Pace;
  readonly counts: Counts;
  /** The worker's signal came, or the time is up. */
  readonly stop: AbortSignal;
}

/**
 * Deletes the user's rows up to the cut-off (as steward_private.purge_cutoff gave it). Rows from after it stay, whoever has the
 * id by then. Rejects with what `io.transaction` rejects with, and with Postgres' errors.
 */
export async function purgeTable(
  target: PurgeTarget,
  userId: string,
  cutoff: string,
  io: PurgeIo,
): Promise<PurgeResult> {
  const sql = createStatements(target, userId, cutoff);
  const stop = AbortSignal.any([io.signal, AbortSignal.timeout(io.budgetMs ?? BUDGET_MS)]);
  const purge: Purge = { io, sql, pace: createPace(BATCH), counts: createCounts(io.before), stop };
  let hasBegun = false;
  const work = () => {
    hasBegun = true;
    return passes(purge);
  };
  return places(stop, work).catch((error) => {
    if (hasBegun) throw error;
    return purge.counts.result("continue");
  });
}

async function passes(purge: Purge): Promise<PurgeResult> {
  for (;;) {
    const isAll = await pass(purge);
    if (isAll || purge.stop.aborted) return purge.counts.result(isAll ? "done" : "continue");
  }
}

/** Gathers and deletes once. True: nothing is left. */
async function pass(purge: Purge): Promise<boolean> {
  const { io, sql, counts, stop } = purge;
  const before = counts.done();
  const feed = createFeed(gather(io.pool, sql, { isFresh: before === 0, onEstimate: counts.estimate, stop }));
  try {
    await deletePieces(purge, feed, (rows) => counts.setTotal(before + rows));
  } finally {
    await feed.close();
  }
  // As many went as the snapshot showed, so nothing is left: a row that an update moved meanwhile is still one row.
  return counts.done() - before === feed.rows();
}

/** Works the pieces off from the first to the last; one that meets a lock comes last. */
async function deletePieces(purge: Purge, feed: Feed, onCounted: (rows: number) => void): Promise<void> {
  for (let piece = await feed.take(); piece !== undefined && !purge.stop.aborted; piece = await feed.take()) {
    const { head, rest } = split(piece, purge.pace.size());
    if (rest !== undefined) feed.first(rest);
    if (!(await deleteBatch(purge, head))) feed.last(head);
    if (!feed.isEmpty()) await Promise.all([delay(PAUSE_MS), feed.advance()]);
    const counted = feed.rows();
    if (counted !== undefined) onCounted(counted);
  }
}

/** One batch and its progress, in one transaction. False: somebody was in the way, and nothing was done. */
async function deleteBatch({ io, sql, pace, counts }: Purge, piece: Piece): Promise<boolean> {
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
