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

interface Lacking {
  readonly last_id: string | null;
  readonly runs: number;
}

type Portion = Given & { readonly last_id: string | null };

/** Users in one transaction: none takes much longer than half a second, so that nobody waits long for its locks, or for it to stop. */
const PORTION: Record<Phase, number> = { credits: 5_000, runs: 1_000, inline: 200, count: 5_000 };
const BACKFILL_USERS = "select * from app_private.backfill_users($1, $2, $3, $4)";
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
    const given: Portion = await portion(pool, BACKFILL_USERS, [phase, after, PORTION[phase], model]);
    after = given.last_id;
    sum = add(sum, given);
    onPortion(sum);
    if (sum.runs >= analyzeAt) {
      // Autovacuum would come too late: by the figures from before, Postgres takes the tables for small and reads all of them each time.
      await pool.query("analyze steward.runs, steward.steps");
      analyzeAt *= 4;
    }
  } while (after !== null);
  return sum;
}

/** Looks at every project, or at whatever users who are gone left behind; returns how many runs were lacking. */
export async function backfillRuns(
  pool: pg.Pool,
  what: "projects" | "deletions",
  { isDryRun, signal }: { isDryRun: boolean; signal: AbortSignal },
): Promise<number> {
  let sum = 0;
  for (let after: string | null | undefined = null; after !== undefined; ) {
    signal.throwIfAborted();
    const values: unknown[] = [after, PORTION.runs, isDryRun];
    const lacking: Lacking = await portion(pool, `select * from app_private.backfill_${what}($1, $2, $3)`, values);
    sum += lacking.runs;
    after = lacking.last_id ?? undefined;
  }
  return sum;
}

/** Users who are being changed or deleted just then make it start over. */
async function portion<Row extends pg.QueryResultRow>(pool: pg.Pool, text: string, values: unknown[]): Promise<Row> {
  for (let tries = 1; ; tries++) {
    try {
      const { rows } = await pool.query<Row>(text, values);
      if (rows[0] === undefined) throw new Error(`${text} returned no row`);
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
