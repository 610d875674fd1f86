// What a purge has done and has yet to do.
import type { PurgeIo, PurgeProgress, PurgeResult } from "./types.ts";

export interface Counts {
  /** Rows deleted, earlier jobs included. */
  done(): number;
  /** Takes an estimate of what remains, if nothing better is known. */
  estimate(remaining: number): void;
  setTotal(rows: number): void;
  add(rows: number): void;
  /** The progress once `more` rows are deleted, which do not count before their transaction is committed. */
  progress(more: number): PurgeProgress;
  result(outcome: PurgeResult["outcome"]): PurgeResult;
}

export function createCounts(before: PurgeIo["before"]): Counts {
  const begun = performance.now();
  const doneBefore = before?.done ?? 0;
  let done = doneBefore;
  let total = before?.total ?? undefined;
  const totalAt = (now: number) => Math.max(total ?? 0, now);
  return {
    done: () => done,
    estimate: (remaining) => void (total ??= done + remaining),
    setTotal: (rows) => void (total = rows),
    add: (rows) => void (done += rows),
    progress(more) {
      const now = done + more;
      const seconds = (performance.now() - begun) / 1000;
      return {
        done: now,
        doneBefore: done,
        total: totalAt(now),
        rowsPerSecond: Math.round((now - doneBefore) / seconds),
      };
    },
    result: (outcome) => ({ outcome, done, total: outcome === "done" ? done : totalAt(done) }),
  };
}
