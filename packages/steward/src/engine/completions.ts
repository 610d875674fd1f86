// Ends steps that succeeded without effects of their own, many in one statement.
import { gather } from "./gather.ts";
import type { Db } from "./step.ts";

export interface Completion {
  readonly id: string;
  readonly lease: number;
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

  return gather(async (ended) => {
    const { rows } = await db.query<{ ids: string[] }>("select steward_private.succeed_steps($1, $2) as ids", [
      ended.map(({ id }) => id),
      ended.map(({ lease }) => lease),
    ]);
    const done = new Set(rows[0]?.ids);
    // The next completions need not wait for the look.
    const looked = settleBatches(ended);
    return ended.map(({ id }) => looked.then(() => done.has(id)));
  });
}
