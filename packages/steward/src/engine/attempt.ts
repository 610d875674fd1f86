// One attempt at a step in this process: its abort signal, and whether it may still act.
import { EngineError, type StewardError } from "../errors/index.ts";
import type { Session } from "./session.ts";
import type { BegunStep } from "./step.ts";

/** Of its time limit: an attempt that took more was slow. */
const SLOW_PART = 0.5;
/** Of every attempt that is over: made once, for its stack costs more than the rest of a short step's bookkeeping. */
const OVER = new EngineError("ST404");

export interface Attempt {
  readonly step: BegunStep;
  readonly signal: AbortSignal;
  /** performance.now() when the lease was known to be held. */
  readonly begunAt: number;
  /** Ends the attempt early; the first reason holds. */
  abort(reason: StewardError): void;
  /** Throws the reason when aborted, closed, or when this process cannot be sure of its lease. */
  guard(): void;
  /** Whether the service that it called was slow. */
  readonly isSlow: () => boolean;
  /** The service was slow. */
  noteSlow(): void;
  /** Lets the worker's place go to another step, for what is left is only to be recorded. */
  leavePlace(): void;
  /** No more acting, no more timer. */
  close(): void;
  /** Resolves when closed. */
  readonly closed: Promise<void>;
}

/** Opens an attempt that is aborted with ST401 at its timeout, and at once when the session is lost under which it was begun. */
export function openAttempt(
  step: BegunStep,
  session: Pick<Session, "lost" | "isSure">,
  leavePlace: () => void,
): Attempt {
  const controller = new AbortController();
  const closed = Promise.withResolvers<void>();
  const begunAt = performance.now();
  const deadline = begunAt + step.timeout_ms;
  let isSlow = false;
  const abort = (reason: StewardError) => controller.abort(reason);
  const timer = setTimeout(() => abort(new EngineError("ST401")), step.timeout_ms);
  const onLost = () => controller.abort(session.lost.reason);
  session.lost.addEventListener("abort", onLost);
  if (session.lost.aborted) onLost(); // while the answer to the query that began it was on its way
  return {
    step,
    signal: controller.signal,
    begunAt,
    abort,
    leavePlace,
    isSlow: () => isSlow || performance.now() - begunAt > step.timeout_ms * SLOW_PART,
    noteSlow() {
      isSlow = true;
    },
    guard() {
      // A process that was stopped for a while finds its clock ahead before its timer has run.
      if (performance.now() >= deadline) abort(new EngineError("ST401"));
      if (!session.isSure()) abort(session.lost.reason);
      controller.signal.throwIfAborted();
    },
    close() {
      clearTimeout(timer);
      session.lost.removeEventListener("abort", onLost);
      abort(OVER);
      closed.resolve();
    },
    closed: closed.promise,
  };
}

/** The attempts under way in this process. Of one step there may be several: one acts, those before it are ending. */
export interface Attempts extends Iterable<Attempt> {
  add(attempt: Attempt): void;
  delete(attempt: Attempt): void;
  /** Those at this step. */
  of(stepId: string): readonly Attempt[];
}

export function createAttempts(): Attempts {
  const byStep = new Map<string, Attempt[]>();
  return {
    add(attempt) {
      const { step_id } = attempt.step;
      byStep.set(step_id, [...(byStep.get(step_id) ?? []), attempt]);
    },
    delete(attempt) {
      const { step_id } = attempt.step;
      const left = byStep.get(step_id)?.filter((other) => other !== attempt) ?? [];
      if (left.length > 0) byStep.set(step_id, left);
      else byStep.delete(step_id);
    },
    of: (stepId) => byStep.get(stepId) ?? [],
    *[Symbol.iterator]() {
      for (const attempts of byStep.values()) yield* attempts;
    },
  };
}
