// Tells once per process of a project whose run takes long, as long as steps of it come to their end.
import type { Step } from "steward/engine/step";

const SLOW_MS = 300_000;
const MOST_TOLD = 10_000;
const told = new Set<string>();

/** Logs it when the run began more than 300 s ago. */
export function tellIfSlow({ runId, subjectId, log }: Step): void {
  const ms = Date.now() - startOf(runId);
  if (ms < SLOW_MS || told.has(runId)) return;
  if (told.size >= MOST_TOLD) told.clear();
  told.add(runId);
  log.warn({ project: subjectId, seconds: Math.round(ms / 1000) }, "provisioning the project takes long");
}

/** A run's id begins with when it was made, in milliseconds. */
function startOf(runId: string): number {
  return Number.parseInt(runId.replaceAll("-", "").slice(0, 12), 16);
}
