// Locks of other people: whoever has a transaction open may hold what a step needs. A step waits for a lock only briefly, never do
// all places of a worker wait, and who holds the lock is noticed while it waits, for afterwards nobody can tell.
import type pg from "pg";
import { EngineError } from "../errors/index.ts";

/** How long a transaction of a step waits for a lock, while there is patience left. */
export const LOCK_MS = 1_000;
/** After so long without an answer it is looked whether a lock is the cause; more often than LOCK_MS, so that none is missed. */
const LOOK_MS = 100;
const LOOK_AGAIN_MS = 400;

const FIND_BLOCKER = "select steward_private.blocking_session($1) as blocker";
const CANCEL = "select pg_cancel_backend($1)";

/** A lock that somebody else holds: the step is put off, and no attempt used up. */
export class Blocked extends EngineError {
  /** The session that holds it, in words; undefined when nobody could look. For operators. */
  readonly blockedBy: string | undefined;

  constructor(blockedBy: string | undefined, cause: unknown) {
    super("ST903", { cause });
    this.blockedBy = blockedBy;
  }
}

/** Whether Postgres gave up waiting for a lock. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "55P03";
}

/** Ended by a cancel, ours or that of an abort, or by the time limit of the attempt. */
function isCancel(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "57014";
}

export interface LockWatch {
  /** The true cause of the watched transaction's error. */
  explain(error: unknown): unknown;
  /** True when a cancel of ours may still be on its way to the connection. */
  stop(): boolean;
}

/** The pool to look through, for one whose connections may all be waiting. */
const eyes = new WeakMap<pg.Pool, pg.Pool>();
/** How many transactions of a pool wait for a lock and have patience. */
const patient = new WeakMap<pg.Pool, number>();

export function lookThrough(pool: pg.Pool, other: pg.Pool): void {
  eyes.set(pool, other);
}

/** Watches a connection that was lent for a transaction. */
export function watchLocks(pool: pg.Pool, client: pg.ClientBase): LockWatch {
  const { processID } = client as pg.ClientBase & { processID?: number };
  const eye = eyes.get(pool) ?? pool;
  let blocker: string | undefined;
  let isPatient = false;
  let isCancelled = false;
  let isOver = false;
  let timer = setTimeout(() => void look().catch(() => undefined), LOOK_MS);

  async function look(): Promise<void> {
    const { rows } = await eye.query<{ blocker: string | null }>(FIND_BLOCKER, [processID]);
    if (isOver) return;
    blocker = rows[0]?.blocker ?? undefined;
    if (blocker !== undefined && !isPatient && !(isPatient = takePatience(pool))) {
      isCancelled = true;
      await eye.query(CANCEL, [processID]);
      return;
    }
    timer = setTimeout(() => void look().catch(() => undefined), LOOK_AGAIN_MS);
  }

  return {
    explain(error) {
      const isBlocked = isLockTimeout(error) || (blocker !== undefined && isCancel(error));
      return isBlocked ? new Blocked(blocker, error) : error;
    },
    stop() {
      isOver = true;
      clearTimeout(timer);
      if (isPatient) patient.set(pool, (patient.get(pool) ?? 1) - 1);
      return isCancelled;
    },
  };
}

/** Half of a worker's places at most: its pool has two connections more than it has places. */
function takePatience(pool: pg.Pool): boolean {
  const taken = patient.get(pool) ?? 0;
  if (taken >= Math.max(1, Math.floor((pool.options.max - 2) / 2))) return false;
  patient.set(pool, taken + 1);
  return true;
}
