// What both example clients make of a run.
import type { StatusFragment } from "./generated/operations.ts";

export function hasEnded({ status }: StatusFragment): boolean {
  return status === "succeeded" || status === "failed" || status === "cancelled";
}

/** A line for people. */
export function describe({ kind, status, progress, errorMessage, estimatedCompletion }: StatusFragment): string {
  const steps = progress ? `, ${progress.done} of ${progress.total} steps, ${Math.round(progress.percent ?? 0)} %` : "";
  const until = estimatedCompletion ? `, until about ${new Date(estimatedCompletion).toLocaleTimeString()}` : "";
  return `${kind} is ${status}${steps}${until}${errorMessage ? `: ${errorMessage}` : ""}`;
}
