// Ends attempts without effects of their own, many in one statement: steps that succeeded, and what a lost session cut short.
import { gather } from "./gather.ts";
import type { Db } from "./step.ts";

/** Whoever waits for such a step waits so much longer at most. */
const CROWDED_PACE_MS = 25;
/** The lane without places. In others a step holds one until its end is recorded. */
const UNBOUNDED_LANE = "database";

export interface Lease {
  readonly id: string;
  readonly lease: number;
}

export interface Completion extends Lease {
  readonly lane: string;
  /** One of a batch: then whoever ends it last has to look whether the batch is complete. */
  readonly isOfBatch: boolean;
}

/** Returns a function that resolves to true when the step counted as succeeded, false when its lease was lost. */
export function createCompletions(
  db: Pick<Db, "query">,
): (completion: Completion, isAlone?: boolean) => Promise<boolean> {
  /** A look that fails is made up for by mend_batches. */
  async function settleBatches(ended: readonly Completion[]): Promise<void> {
    const ids = ended.flatMap(({ id, isOfBatch }) => (isOfBatch ? [id] : []));
    if (ids.length > 0) await db.query("select steward_private.settle_steps($1)", [ids]).catch(() => undefined);
  }

  async function succeed(ended: readonly Completion[]): Promise<Promise<boolean>[]> {
    const { rows } = await db.query<{ ids: string[] }>("select steward_private.succeed_steps($1, $2) as ids", [
      ended.map(({ id }) => id),
      ended.map(({ lease }) => lease),
    ]);
    const done = new Set(rows[0]?.ids);
    // The next completions need not wait for the look.
    const looked = settleBatches(ended);
    return ended.map(({ id }) => looked.then(() => done.has(id)));
  }

  const unbounded = gather(succeed, { crowdedPaceMs: CROWDED_PACE_MS });
  const bounded = gather(succeed);
  return (completion, isAlone) => (completion.lane === UNBOUNDED_LANE ? unbounded : bounded)(completion, isAlone);
}

/** Returns a function that gives an attempt back, as not made; it resolves to false when others had the lease already. */
export function createGivingBack(db: Pick<Db, "query">): (attempt: Lease, isAlone?: boolean) => Promise<boolean> {
  return gather(async (attempts) => {
    const { rows } = await db.query<{ ids: string[] }>("select steward_private.give_back($1, $2) as ids", [
      attempts.map(({ id }) => id),
      attempts.map(({ lease }) => lease),
    ]);
    const held = new Set(rows[0]?.ids);
    return attempts.map(({ id }) => held.has(id));
  });
}
