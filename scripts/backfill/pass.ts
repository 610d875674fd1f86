// One pass of the backfill over all users, in portions of their own transactions: interrupted at any point, another pass goes on.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { isConflict } from "steward/engine/failure";

export type Phase = "credits" | "runs" | "inline" | "count";

export interface Given {
  /** Users looked at. */
  readonly users: number;
  readonly credits: number;
  readonly types: number;
  /** Runs started or retried. */
  readonly runs: number;
  /** Users who were onboarded here. */
  readonly onboarded: number;
}

type Portion = Given & { readonly last_id: string | null };

/** Users in one transaction: none takes much longer than half a second, so that nobody waits long for its locks, or for it to stop. */
const PORTION: Record<Phase, number> = { credits: 5_000, runs: 1_000, inline: 200, count: 5_000 };
const CONFLICT_TRIES = 20;
const FIRST_ANALYZE = 2_000;

export interface PassOptions {
  readonly phase: Phase;
  /** Language model of the agents that are made. */
  readonly model: string;
  /** Ends the pass after the portion under way. */
  readonly signal: AbortSignal;
  /** Called after each portion with what was given so far. */
  readonly onPortion: (given: Given) => void;
}

/** Looks at every user once and gives them what the phase is about. Throws the signal's reason when it aborts. */
export async function backfillAll(pool: pg.Pool, { phase, model, signal, onPortion }: PassOptions): Promise<Given> {
  let sum: Given = { users: 0, credits: 0, types: 0, runs: 0, onboarded: 0 };
  let after: string | null = null;
  let analyzeAt = FIRST_ANALYZE;
  do {
    signal.throwIfAborted();
    const portion: Portion = await backfillPortion(pool, [phase, after, PORTION[phase], model]);
    after = portion.last_id;
    sum = add(sum, portion);
    onPortion(sum);
    if (sum.runs >= analyzeAt) {
      // Autovacuum would come too late: by the figures from before, Postgres takes the tables for small and reads all of them each time.
      await pool.query("analyze steward.runs, steward.steps");
      analyzeAt *= 4;
    }
  } while (after !== null);
  return sum;
}

/** Users who are being changed or deleted just then make it start over. */
async function backfillPortion(pool: pg.Pool, values: unknown[]): Promise<Portion> {
  for (let tries = 1; ; tries++) {
    try {
      const { rows } = await pool.query<Portion>("select * from app_private.backfill_users($1, $2, $3, $4)", values);
      if (rows[0] === undefined) throw new Error("app_private.backfill_users returned no row");
      return rows[0];
    } catch (error) {
      if (!isConflict(error) || tries === CONFLICT_TRIES) throw error;
      await sleep(50 * tries);
    }
  }
}

function add(a: Given, b: Given): Given {
  return {
    users: a.users + b.users,
    credits: a.credits + b.credits,
    types: a.types + b.types,
    runs: a.runs + b.runs,
    onboarded: a.onboarded + b.onboarded,
  };
}
