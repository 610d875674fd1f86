// An application's connection to a Postgres that comes and goes: what is asked is done once, or known not to have been done.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { isConflict } from "steward/engine/failure";
import { isUnreachable } from "steward/unreachable";
import type { Random } from "./random.ts";

export interface Client {
  /** Runs `work` in a transaction. False when it was not done: undone for a conflict, or the connection broke and `isDone` says no. */
  attempt(work: (db: pg.PoolClient) => Promise<unknown>, isDone: (db: pg.Pool) => Promise<boolean>): Promise<boolean>;
}

export interface ClientCounts {
  done: number;
  /** Transactions undone by Postgres for a deadlock, or because their snapshot was too old. */
  conflicts: number;
  /** Transactions whose connection broke. */
  broken: number;
  /** Transactions refused because what they named was gone or there already. */
  refused: number;
}

const LEVELS = ["read committed", "read committed", "repeatable read", "serializable"];

/** Uses connections of the pool, and any isolation level. */
export function createClient(pool: pg.Pool, random: Random, counts: ClientCounts): Client {
  async function once(work: (db: pg.PoolClient) => Promise<unknown>): Promise<void> {
    const db = await pool.connect();
    let failure: Error | undefined;
    try {
      await db.query(`begin isolation level ${random.pick(LEVELS)}`);
      await work(db);
      await db.query("commit");
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      await db.query("rollback").catch(() => undefined);
      throw error;
    } finally {
      db.release(failure);
    }
  }

  /** Until Postgres is back. */
  async function ask(isDone: (db: pg.Pool) => Promise<boolean>): Promise<boolean> {
    for (;;) {
      try {
        return await isDone(pool);
      } catch (error) {
        if (!isUnreachable(error)) throw error;
        await sleep(100);
      }
    }
  }

  return {
    async attempt(work, isDone) {
      try {
        await once(work);
        counts.done++;
        return true;
      } catch (error) {
        if (isConflict(error)) {
          counts.conflicts++;
          return false;
        }
        if (isRefusal(error)) {
          counts.refused++;
          return false;
        }
        if (!isUnreachable(error)) throw error;
        counts.broken++;
        return ask(isDone);
      }
    },
  };
}

/**
 * A foreign key, a unique index, a project or run that somebody else just removed or retried: actors step on each other's toes. A
 * TRUNCATE that is not followed: rows would stay, or could go unseen. And a standby, which refuses serializable transactions in its own words.
 */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error && "code" in error)) return false;
  return (
    ["23503", "23505", "ST216", "ST309", "ST410", "ST425"].includes(String(error.code)) ||
    error.message.includes("hot standby")
  );
}
