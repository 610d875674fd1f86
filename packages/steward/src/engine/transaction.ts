// Transactions of a step: they end with the step's time, and are cancelled in Postgres when it is aborted.
import type pg from "pg";
import type { Attempt } from "./attempt.ts";
import { LOCK_MS, watchLocks } from "./blocked.ts";
import { cut } from "./connection.ts";
import { isConflict } from "./failure.ts";
import type { Db } from "./step.ts";

const CONFLICT_TRIES = 5;
/** A process that is stopped in the middle of a transaction must not keep its locks: others wait for them to rescue the step. */
const IDLE_MS = 5_000;
/** After an abort and the cancel that follows it, a connection that still says nothing is given up. */
const CUT_MS = 3_000;

/**
 * Runs `work` in a transaction that ends with the attempt's time. Deadlocks are tried again. The work itself sees to the lease,
 * last of all: everybody locks rows of the application before runs and steps.
 */
export async function inTransaction<T>(pool: pg.Pool, attempt: Attempt, work: (db: Db) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await once(pool, attempt, work);
    } catch (error) {
      if (!isConflict(error) || tries === CONFLICT_TRIES) throw error;
    }
  }
}

async function once<T>(pool: pg.Pool, attempt: Attempt, work: (db: Db) => Promise<T>): Promise<T> {
  const { step, signal } = attempt;
  return withCancel(pool, signal, async (client) => {
    try {
      const timeLeft = Math.max(1, Math.ceil(step.timeout_ms - (performance.now() - attempt.begunAt)));
      await client.query(
        `begin isolation level read committed read write; set local statement_timeout = ${timeLeft};
         set local lock_timeout = ${LOCK_MS}; set local idle_in_transaction_session_timeout = ${IDLE_MS}`,
      );
      const result = await work(client);
      await client.query("commit");
      return result;
    } catch (error) {
      await client.query("rollback").catch(() => undefined); // on a broken connection; the error that counts is the first
      throw error;
    }
  });
}

/** How long attempts have waited for a connection of this process, in ms. */
const waits = new WeakMap<AbortSignal, number>();

export function waitedFor(signal: AbortSignal): number {
  return waits.get(signal) ?? 0;
}

/** A connection, unless the signal aborts before there is one: an attempt that is over begins nothing more. */
async function lend(pool: pg.Pool, signal: AbortSignal): Promise<pg.PoolClient> {
  signal.throwIfAborted();
  const askedAt = performance.now();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const lent = pool.connect();
  try {
    const client = await Promise.race([lent, aborted.promise]);
    signal.throwIfAborted();
    return client;
  } catch (error) {
    void lent.then((client) => client.release()).catch(() => undefined);
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    waits.set(signal, waitedFor(signal) + performance.now() - askedAt);
  }
}

/** Lends a connection; when the signal aborts meanwhile, what runs on it is cancelled in Postgres. Throws Blocked for a lock of somebody else's. */
export async function withCancel<T>(
  pool: pg.Pool,
  signal: AbortSignal,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await lend(pool, signal);
  let failed: Error | undefined;
  let cutTimer: NodeJS.Timeout | undefined;
  const cancel = () => {
    cutTimer = setTimeout(() => cut(client), CUT_MS);
    // Ours alone: while it is lent, nobody else's statement runs on this connection.
    const { processID } = client as pg.PoolClient & { processID?: number };
    void pool.query("select pg_cancel_backend($1)", [processID]).catch(() => undefined);
  };
  signal.addEventListener("abort", cancel, { once: true });
  const watch = watchLocks(pool, client);
  try {
    return await work(client);
  } catch (error) {
    failed = error instanceof Error ? error : new Error(String(error));
    throw watch.explain(error);
  } finally {
    signal.removeEventListener("abort", cancel);
    clearTimeout(cutTimer);
    const isCancelled = watch.stop();
    // A connection that saw an abort may get the late cancel yet: it is not used again.
    client.release(signal.aborted || isCancelled ? (failed ?? true) : undefined);
  }
}
