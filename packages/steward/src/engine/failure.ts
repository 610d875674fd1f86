// From whatever a task threw to what is recorded: how to go on, a code and a sentence that may be shown.
import { EngineError, type EngineErrorCode, errorOf, type Retry, StewardError } from "../errors/index.ts";
import { isUnreachable } from "../unreachable.ts";
import { Blocked, isLockTimeout } from "./blocked.ts";
import { wordsOf } from "./words.ts";

/** The step goes on elsewhere, or here again, as if this attempt had not been. */
const RELEASED: ReadonlySet<string> = new Set(["ST405", "ST408"]);

export interface Failure {
  /** As steward_private.fail_step takes it. */
  readonly outcome: Retry | "release" | "blocked";
  readonly code: string;
  readonly sentence: string;
  readonly waitMs?: number | undefined;
  /** With `blocked`: the session that holds the lock, where it is known. */
  readonly blockedBy?: string | undefined;
  /** The error in its own words, where they say more. */
  readonly words?: string | undefined;
}

/** Whether Postgres undid a transaction that may simply be tried again: deadlock or serialization failure. */
export function isConflict(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "40P01" || error.code === "40001");
}

/** Postgres can be reached, but cannot write. */
function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "53100";
}

/** No connection of this process became free in time. */
function isCrowded(error: unknown): boolean {
  return error instanceof Error && error.message.includes("timeout exceeded when trying to connect");
}

/** A StewardError for an exception that SQL raised with a declared code; otherwise undefined. */
export function fromSql(error: unknown): StewardError | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return errorOf(error.code, { sentence: error.message, cause: error });
}

/** What to record of an error. The abort reason, if there is one, is what really happened. */
export function toFailure(error: unknown, abortReason: unknown): Failure {
  const failure = classify(error, abortReason);
  return { ...failure, words: wordsOf(error, failure.sentence) };
}

function classify(error: unknown, abortReason: unknown): Failure {
  const isTimeUp = abortReason instanceof StewardError && abortReason.code === "ST401";
  if (error instanceof Blocked && (abortReason === undefined || isTimeUp)) {
    return { outcome: "blocked", code: error.code, sentence: error.message, blockedBy: error.blockedBy };
  }
  const known = [abortReason, error, fromSql(error)].find((candidate) => candidate instanceof StewardError);
  if (known instanceof StewardError) {
    const outcome = RELEASED.has(known.code) ? "release" : known.retry;
    return { outcome, code: known.code, sentence: known.message, waitMs: known.retryAfterMs };
  }
  if (isLockTimeout(error)) {
    return said("ST903", "blocked");
  }
  if (isConflict(error)) {
    return said("ST902", "blocked");
  }
  if (isFull(error)) {
    return { ...said("ST901", "defer", 1_000), sentence: "The database has no room left on its disk." };
  }
  if (isCrowded(error)) {
    return { ...said("ST901", "defer", 1_000), sentence: "Other steps of this worker have all its connections." };
  }
  if (isUnreachable(error)) {
    return said("ST901", "defer", 1_000);
  }
  return said("ST403", "later");
}

function said(code: EngineErrorCode, outcome: Failure["outcome"], waitMs?: number): Failure {
  return { outcome, code, sentence: new EngineError(code).message, waitMs };
}
