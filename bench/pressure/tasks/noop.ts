// Works for a millisecond, and tells how long after its start was asked for it began.
import { setTimeout as sleep } from "node:timers/promises";
import { defineTask } from "steward/engine/define-task";

const TELL_MS = 200;
let begun: [at: number, latencyMs: number][] = [];

export default defineTask(async ({ input }) => {
  const now = Date.now();
  if (begun.push([now, now - (input as { at: number }).at]) === 1) setTimeout(tell, TELL_MS).unref();
  await sleep(1);
  return undefined;
});

function tell(): void {
  if (process.connected) process.send?.(begun);
  begun = [];
}
