// Ends steps that succeeded without effects of their own, many in one statement: while one is under way, the next ones gather.
import { isLockTimeout } from "./blocked.ts";
import type { Db } from "./step.ts";

export interface Completion {
  readonly id: string;
  readonly lease: number;
  /** One of a batch: then whoever ends it last has to look whether the batch is complete. */
  readonly isOfBatch: boolean;
}

interface Waiting {
  readonly completion: Completion;
  readonly settle: PromiseWithResolvers<boolean>;
}

/**
 * Returns a function that resolves to true when the step counted as succeeded, false when its lease was lost. One that met a lock
 * goes alone from then on: whoever has locked a run holds up no other's end.
 */
export function createCompletions(
  db: Pick<Db, "query">,
): (completion: Completion, isAlone?: boolean) => Promise<boolean> {
  let waiting: Waiting[] = [];
  let busy = false;

  async function flush(): Promise<void> {
    busy = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await end(batch);
    }
    busy = false;
  }

  async function end(batch: readonly Waiting[]): Promise<void> {
    const ids = batch.map(({ completion }) => completion.id);
    const leases = batch.map(({ completion }) => completion.lease);
    try {
      const { rows } = await db.query<{ ids: string[] }>("select steward_private.succeed_steps($1, $2) as ids", [
        ids,
        leases,
      ]);
      void settleBatches(batch).then(() => {
        const done = new Set(rows[0]?.ids);
        for (const { completion, settle } of batch) settle.resolve(done.has(completion.id));
      });
    } catch (error) {
      if (isLockTimeout(error) && batch.length > 1) await Promise.all(batch.map((one) => end([one])));
      else for (const { settle } of batch) settle.reject(error);
    }
  }

  /** A look that fails is made up for by mend_batches. */
  async function settleBatches(batch: readonly Waiting[]): Promise<void> {
    const ids = batch.flatMap(({ completion }) => (completion.isOfBatch ? [completion.id] : []));
    if (ids.length > 0) await db.query("select steward_private.settle_steps($1)", [ids]).catch(() => undefined);
  }

  return (completion, isAlone = false) => {
    const settle = Promise.withResolvers<boolean>();
    const one = { completion, settle };
    if (isAlone) void end([one]);
    else {
      waiting.push(one);
      if (!busy) void flush();
    }
    return settle.promise;
  };
}
