// Tells once per process of a project whose run takes long, as long as steps of it come to their end.
import type { Step } from "steward/engine/step";

const SLOW_MS = 300_000;
const MOST_KNOWN = 10_000;
/** When this process met a run first, by its monotonic clock: clocks of machines differ. Infinity once it was told of. */
const metAt = new Map<string, number>();

/** Logs it when this process met the run more than 300 s ago. */
export function tellIfSlow({ runId, subjectId, log }: Step): void {
  if (metAt.size >= MOST_KNOWN) metAt.clear();
  const first = metAt.get(runId) ?? performance.now();
  metAt.set(runId, first);
  const ms = performance.now() - first;
  if (ms < SLOW_MS) return;
  metAt.set(runId, Number.POSITIVE_INFINITY);
  log.warn({ project: subjectId, seconds: Math.round(ms / 1000) }, "provisioning the project takes long");
}
