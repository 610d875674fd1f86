// What a scrape tells of this process: Node itself, and the attempts that its worker made.
import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";

export const processMetrics = new Registry();
collectDefaultMetrics({ register: processMetrics });

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const registers = [processMetrics];
const labelNames = ["lifecycle", "step", "outcome"] as const;

const attempts = new Counter({
  name: "steward_attempts_total",
  help: "Attempts of this worker that ended, by lifecycle, step and outcome.",
  labelNames,
  registers,
});
const runtime = new Histogram({
  name: "steward_attempt_seconds",
  help: "How long they took.",
  labelNames: ["lifecycle", "step"],
  buckets: SECONDS,
  registers,
});
const failures = new Counter({
  name: "steward_failures_total",
  help: "Attempts that did not succeed, by code.",
  labelNames: ["code"],
  registers,
});
const rescues = new Counter({
  name: "steward_rescued_steps_total",
  help: "Steps that this worker took over from workers that were gone or hung.",
  registers,
});
/** Notes that an attempt of this process ended: succeeded, lost (its lease), or an outcome of docs/lifecycle.md with the error's code. */
export function observeAttempt(
  step: { readonly kind: string; readonly name: string },
  { outcome, code }: { readonly outcome: string; readonly code?: string },
  milliseconds: number,
): void {
  attempts.inc({ lifecycle: step.kind, step: step.name, outcome });
  runtime.observe({ lifecycle: step.kind, step: step.name }, milliseconds / 1_000);
  if (code !== undefined) failures.inc({ code });
}

/** Notes steps that this process took over from others. */
export function observeRescues(steps: number): void {
  rescues.inc(steps);
}
