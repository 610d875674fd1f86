// An attempt as a span of the trace in which its run was begun.
import type pg from "pg";
import { inSpan, isTraced } from "../traces.ts";
import type { BegunStep } from "./step.ts";

/** Reads the run's trace only where anybody takes spans. */
export async function traced<T>(step: BegunStep, pool: pg.Pool, work: () => Promise<T>): Promise<T> {
  if (!isTraced()) return work();
  const attributes = {
    "steward.run": step.run_id,
    "steward.lifecycle": step.kind,
    "steward.step": step.step_id,
    "steward.lane": step.lane,
    "steward.attempt": step.attempt,
  };
  const parent = await readTraceparent(pool, step.run_id);
  return inSpan(`${step.kind} ${step.name}`, { kind: "CONSUMER", attributes, parent }, work);
}

/** Null where there is none, or it cannot be read: that is no reason not to do the work. */
async function readTraceparent(pool: pg.Pool, runId: string): Promise<string | null> {
  const text = "select r.traceparent from steward.runs r where r.id = $1";
  try {
    const { rows } = await pool.query<{ traceparent: string | null }>(text, [runId]);
    return rows[0]?.traceparent ?? null;
  } catch {
    return null;
  }
}
