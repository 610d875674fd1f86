// The work of a job, the same for each system. Each end is told to the driver at once: it knows what a worker did that was killed.
import { setTimeout as sleep } from "node:timers/promises";
import type { Job } from "./system.ts";

export type Done = readonly [subject: number, endedAt: number, latencyMs: number];

/** Works for a millisecond, and tells how long after its start was asked for it began. */
export async function work({ subject, at }: Pick<Job, "subject" | "at">): Promise<void> {
  const latency = Date.now() - at;
  await sleep(1);
  if (process.connected) process.send?.([subject, Date.now(), latency] satisfies Done);
}
