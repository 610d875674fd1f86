// Runs a step that was begun: its task, the effects that complete it, or the record of how it failed.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { EngineError, type EngineErrorCode, StewardError } from "../errors/index.ts";
import { createLimit } from "../limit.ts";
import type { Log } from "../log.ts";
import { observeAttempt } from "../metrics/process.ts";
import { isUnreachable } from "../unreachable.ts";
import { type Attempt, type Attempts, openAttempt } from "./attempt.ts";
import { isLockTimeout } from "./blocked.ts";
import type { Completion, Lease } from "./completions.ts";
import { impatient } from "./connection.ts";
import { type Failure, fromSql, isConflict, toFailure } from "./failure.ts";
import type { Session } from "./session.ts";
import type { BegunStep, Services, Step, Work } from "./step.ts";
import { traced } from "./traced.ts";
import { inTransaction, waitedFor, withCancel } from "./transaction.ts";

/** How long a task that was aborted may take to notice before it is given up. */
const GRACE_MS = 1_000;
const PROGRESS_MS = 1_000;
/** Of its time limit: an attempt that waited longer for connections of its own process did not have its time. */
const WAITED_PART = 0.1;
/** Between two tries to record what a lock of somebody else's, or a Postgres that is away, keeps from being recorded; at most. */
const AGAIN_MS = 1_000;
/** Such tries at a time in this process: however many outcomes wait, the connections are for those that can be recorded. */
const blockedWrites = createLimit(2);
const never = new AbortController().signal;

const SUCCEED = "select unnest(steward_private.succeed_steps($1, $2)) as id";
const NOTE_REFUSAL = "select outcome, lane_wait_ms from steward_private.note_refusal($1, $2, $3, $4)";
const FENCE = "select steward_private.fence_step($1, $2)";
const SAVE_PROGRESS = "select steward_private.save_progress($1, $2, $3)";

export interface StepRunnerOptions {
  readonly services: Services;
  readonly works: ReadonlyMap<string, Work>;
  readonly log: Log;
  /** Aborted when the worker is to stop. */
  readonly stopping: AbortSignal;
  readonly complete: (completion: Completion, isAlone: boolean) => Promise<boolean>;
  /** Resolves to false when others had the lease already. The attempt does not count either way. */
  readonly giveBack: (attempt: Lease, isAlone: boolean) => Promise<boolean>;
  readonly onChange: (step: BegunStep) => void;
  readonly onSuccess: (lane: string, isSlow: boolean) => void;
  /** The attempts under way; kept by the runner, aborted by the engine. */
  readonly running: Attempts;
  /** The steps whose attempts ended without their end being recorded under the lease; emptied by the engine. */
  readonly unrecorded: Set<string>;
}

/** Returns the function that runs a begun step on a pool and resolves when its outcome is recorded. It never rejects. */
export function createStepRunner(
  options: StepRunnerOptions,
): (begun: BegunStep, session: Session, pool: pg.Pool, leavePlace: () => void) => Promise<void> {
  const { services, works, running, onChange } = options;

  async function runStep(begun: BegunStep, session: Session, pool: pg.Pool, leavePlace: () => void): Promise<void> {
    const attempt = openAttempt(begun, session, leavePlace);
    const log = once(() =>
      options.log.child({
        step: begun.step_id,
        run: begun.run_id,
        kind: begun.kind,
        subject: begun.subject_id,
        ...(begun.item === null ? {} : { item: begun.item }),
        task: begun.task,
        attempt: begun.attempt,
      }),
    );
    const former = running.of(begun.step_id);
    running.add(attempt);
    onChange(begun);
    await endAll(former);
    const isRecorded = await traced(begun, pool, () => perform(attempt, pool, log)).catch((error: unknown) =>
      recordFailure(attempt, pool, error, log),
    );
    attempt.close();
    running.delete(attempt);
    if (!isRecorded) options.unrecorded.add(begun.step_id);
    onChange(begun);
    // If we lost the lease, other workers wait until we say that nothing acts any more.
    if (!isRecorded)
      await impatient(pool)
        .query("select steward_private.end_attempts($1, $2)", [[begun.step_id], session.workerId])
        .catch(() => undefined);
  }

  function note({ step, begunAt, isSlow }: Attempt, end: Parameters<typeof observeAttempt>[1]): void {
    observeAttempt(step, end, performance.now() - begunAt);
    if (end.outcome === "succeeded") options.onSuccess(step.lane, isSlow());
  }

  /** True when the outcome is recorded, false when the lease was lost. */
  async function perform(attempt: Attempt, pool: pg.Pool, log: () => Log): Promise<boolean> {
    const { step } = attempt;
    attempt.guard();
    const work = works.get(step.task);
    if (work === undefined) throw new EngineError("ST406", { sentence: `This worker has no task ${step.task}.` });
    const outcome = await orAborted(work(openStep(attempt, pool, log), services), attempt.signal);
    attempt.guard();
    if (outcome === "continue") {
      await fail(attempt, pool, { outcome: "release" });
      note(attempt, { outcome: "release" });
      return true;
    }
    if (outcome === undefined) {
      attempt.leavePlace(); // the lease is still held: should the end not be recorded, others take the step over
      const completion = { id: step.step_id, lease: step.lease, lane: step.lane, isOfBatch: step.item !== null };
      const isRecorded = await persist(attempt, pool, (isBlocked) => options.complete(completion, isBlocked));
      note(attempt, { outcome: isRecorded ? "succeeded" : "lost" });
      if (!isRecorded) await giveBackLost(attempt, pool, log);
      return isRecorded;
    }
    await inTransaction(pool, attempt, async (db) => {
      await outcome(db);
      const { rows } = await db.query(SUCCEED, [[step.step_id], [step.lease]]);
      if (rows.length === 0) throw new EngineError("ST404");
    });
    note(attempt, { outcome: "succeeded" });
    await settle(step, pool);
    return true;
  }

  async function recordFailure(attempt: Attempt, pool: pg.Pool, error: unknown, log: () => Log): Promise<boolean> {
    const told = toFailure(error, attempt.signal.aborted ? attempt.signal.reason : undefined);
    const failure: Failure = told.code === "ST401" && hasWaited(attempt) ? { ...told, outcome: "release" } : told;
    note(attempt, failure.code === "ST404" ? { outcome: "lost" } : failure);
    if (failure.code === "ST404") {
      log().warn("the attempt lost its lease; what it would have written is discarded");
      await giveBackLost(attempt, pool, log);
      return false;
    }
    const isAmiss = ["never", "later", "refused"].includes(failure.outcome);
    log()[isAmiss ? "warn" : "info"](
      { err: error, code: failure.code, outcome: failure.outcome },
      "the step did not succeed",
    );
    if (failure.code === "ST408") return giveBack(attempt, pool, log);
    try {
      const known = failure.outcome === "refused" ? await noteRefusal(attempt, pool, failure) : failure;
      if ((await fail(attempt, pool, known)) === "failed")
        log().error({ code: failure.code }, `${attempt.step.kind} failed: step ${attempt.step.name} is given up`);
      return true;
    } catch (err) {
      // Of those outcomes that use up no attempt.
      if (!["never", "later"].includes(failure.outcome) && fromSql(err)?.code === "ST404")
        await giveBack(attempt, pool, log);
      else
        log().error({ err }, "the outcome could not be recorded; the step is taken up again when its lease runs out");
      return false;
    }
  }

  /** This process lives and its task is not to blame, so the attempt was not used up, whether others have rescued the step or not. */
  function giveBack(attempt: Attempt, pool: pg.Pool, log: () => Log): Promise<boolean> {
    const { step_id: id, lease } = attempt.step;
    return persist(attempt, pool, (isBlocked) => options.giveBack({ id, lease }, isBlocked)).catch((err: unknown) => {
      log().warn({ err }, "an attempt that was cut short counts as used up");
      return false;
    });
  }

  /** As `giveBack`, if others have the step because this worker's session was lost. It hears of that, or has a beat that tells it of another cause. */
  async function giveBackLost(attempt: Attempt, pool: pg.Pool, log: () => Log): Promise<void> {
    const { signal } = attempt;
    attempt.leavePlace();
    const aborted = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => aborted.resolve());
    if (!signal.aborted) await aborted.promise;
    if (hasReason(attempt, "ST408")) await giveBack(attempt, pool, log);
  }

  function openStep(attempt: Attempt, pool: pg.Pool, log: () => Log): Step {
    const { step, signal } = attempt;
    let savedAt = 0;
    const stopping = once(() => AbortSignal.any([signal, options.stopping]));
    return {
      id: step.step_id,
      runId: step.run_id,
      subjectId: step.subject_id,
      subjectTable: step.subject_table,
      item: step.item,
      input: step.input,
      get log() {
        return log();
      },
      signal,
      get stopping() {
        return stopping();
      },
      pool,
      guard: attempt.guard,
      noteSlow: attempt.noteSlow,
      query: async (text, values) => withCancel(pool, signal, async (db) => (await db.query(text, values)).rows),
      async transaction(work) {
        const result = await inTransaction(pool, attempt, async (db) => {
          const value = await work(db);
          await db.query(FENCE, [step.step_id, step.lease]);
          return value;
        });
        onChange(step);
        return result;
      },
      progress(done, total) {
        if (performance.now() - savedAt < PROGRESS_MS) return;
        savedAt = performance.now();
        void inTransaction(pool, attempt, async (db) => {
          await db.query(FENCE, [step.step_id, step.lease]);
          await db.query(SAVE_PROGRESS, [step.step_id, done, total ?? null]);
        }).then(
          () => onChange(step),
          (err: unknown) => log().debug({ err }, "progress was not noted"),
        );
      },
    };
  }

  return runStep;
}

/** Makes a thing when it is first asked for: most steps are too short to need it. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Tells workers that have the same credentials. What to record: the lane's trouble only where no other worker has better ones. */
async function noteRefusal(attempt: Attempt, pool: pg.Pool, failure: Failure): Promise<Failure> {
  const { code, sentence, waitMs } = failure;
  const values = [attempt.step.step_id, code, sentence, waitMs === undefined ? null : Math.ceil(waitMs)];
  const { rows } = await persist(attempt, pool, () =>
    impatient(pool).query<{ outcome: "wait" | "defer"; lane_wait_ms: number | null }>(NOTE_REFUSAL, values),
  );
  const [noted] = rows;
  if (noted === undefined) throw new Error("note_refusal gave no row");
  return { ...failure, outcome: noted.outcome, waitMs: noted.lane_wait_ms ?? undefined };
}

/** The step's status afterwards. */
async function fail(attempt: Attempt, pool: pg.Pool, failure: Partial<Failure>): Promise<string | undefined> {
  const { step } = attempt;
  const { outcome, code, sentence, waitMs, blockedBy, words } = failure;
  const { rows } = await persist(attempt, pool, () =>
    impatient(pool).query<{ status: string }>(
      "select steward_private.fail_step($1, $2, $3, $4, $5, $6, $7, $8) as status",
      [
        step.step_id,
        step.lease,
        outcome,
        code,
        sentence,
        waitMs === undefined ? null : Math.ceil(waitMs),
        blockedBy,
        words,
      ],
    ),
  );
  await settle(step, pool);
  return rows[0]?.status;
}

/** Two attempts of one step never act at once in a process: a new one means that an old one has lost its lease. */
async function endAll(attempts: readonly Attempt[]): Promise<void> {
  for (const attempt of attempts) attempt.abort(new EngineError("ST404"));
  await Promise.all(attempts.map(({ closed }) => closed));
}

/** A worker that ends a step of a batch looks after the commit whether it was the last. If that look fails, mend_batches makes up for it. */
async function settle(step: BegunStep, pool: pg.Pool): Promise<void> {
  if (step.item !== null)
    await impatient(pool)
      .query("select steward_private.settle_steps($1)", [[step.step_id]])
      .catch(() => undefined);
}

/** Waits for the work; when aborted, gives it a moment to stop by itself, then leaves it: its guard lets it do nothing more. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(() => aborted.reject(signal.reason), GRACE_MS);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    clearTimeout(timer);
  }
}

/**
 * Tries a write again while Postgres cannot be reached, or undid it for a conflict, as long as the lease may still be held; and
 * while somebody else has locked what is to be written, as long as the lease is, without taking up the worker's place. What a lost
 * session ended is given back however long that takes.
 */
async function persist<T>(attempt: Attempt, pool: pg.Pool, write: (isBlocked: boolean) => Promise<T>): Promise<T> {
  let isBlocked = false;
  for (let tries = 0; ; tries++) {
    try {
      return await (isBlocked ? blockedWrites(never, () => write(true)) : write(false));
    } catch (error) {
      isBlocked ||= isLockTimeout(error);
      if (isBlocked) attempt.leavePlace();
      const isPassing = isLockTimeout(error) || isUnreachable(error) || isConflict(error);
      // Blocked, whatever ends the attempt: others leave the step alone for as long as its run or the step itself is locked.
      const isWorthwhile = isBlocked
        ? !hasReason(attempt, "ST404")
        : hasReason(attempt, "ST408") || isWithinTime(attempt);
      if (!isPassing || !isWorthwhile || pool.ending) throw error;
      await sleep(Math.min(100 * 2 ** tries, AGAIN_MS));
    }
  }
}

/** Others of this process had its connections for so long that the attempt did not have its time. */
function hasWaited({ signal, step }: Attempt): boolean {
  return waitedFor(signal) > step.timeout_ms * WAITED_PART;
}

function isWithinTime({ begunAt, step }: Attempt): boolean {
  return performance.now() - begunAt <= step.timeout_ms;
}

function hasReason({ signal: { reason } }: Attempt, code: EngineErrorCode): boolean {
  return reason instanceof StewardError && reason.code === code;
}
