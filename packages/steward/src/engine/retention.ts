// Removes finished runs once they are older than their lifecycle keeps them: a small piece at a time, with pauses that are longer than
// the work, so that nobody else feels it.
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../log.ts";
import type { Db } from "./step.ts";

const BEATS_PER_LOOK = 60;
/** A pause lasts so many times as long as the piece before it. */
const PAUSE_FACTOR = 4;
const LEAST_PAUSE_MS = 20;

interface Piece {
  readonly next_after: string | null;
  readonly removed: number;
}

/** Returns a function to be called at each beat. */
export function createRetention(db: Pick<Db, "query">, log: Log, stopping: AbortSignal): () => void {
  let beats = 0;
  let isBusy = false;

  async function look(): Promise<void> {
    isBusy = true;
    try {
      const removed = await forgetRuns(db, stopping);
      if (removed > 0) log.info({ rows: removed }, "removed runs and steps that are not kept any longer");
    } catch (err) {
      log.info({ err }, "runs that are not kept any longer could not be removed; it is tried again");
    } finally {
      isBusy = false;
    }
  }

  return () => {
    if (beats++ % BEATS_PER_LOOK === 0 && !isBusy) void look();
  };
}

/** Removes what is not kept any longer until nothing is left or the signal comes; returns how many rows went. */
export async function forgetRuns(db: Pick<Db, "query">, stopping: AbortSignal): Promise<number> {
  let after: string | null = "-infinity";
  let removed = 0;
  while (after !== null && !stopping.aborted) {
    const startedAt = performance.now();
    const { rows }: { rows: Piece[] } = await db.query<Piece>(
      "select next_after::text, removed from steward_private.forget_runs($1)",
      [after],
    );
    after = rows[0]?.next_after ?? null;
    removed += rows[0]?.removed ?? 0;
    const pause = Math.max(LEAST_PAUSE_MS, PAUSE_FACTOR * (performance.now() - startedAt));
    if (after !== null) await sleep(pause, undefined, { signal: stopping }).catch(() => undefined);
  }
  return removed;
}
