// Ends steps that succeeded without effects of their own, many in one statement: while one is under way, the next ones gather.
import type { Db } from "./step.ts";

export interface Completion {
  readonly id: string;
  readonly lease: number;
  /** One of a batch: then whoever ends it last has to look whether the batch is complete. */
  readonly isOfBatch: boolean;
}

/** Returns a function that resolves to true when the step counted as succeeded, false when its lease was lost. */
export function createCompletions(db: Pick<Db, "query">): (completion: Completion) => Promise<boolean> {
  let waiting: { completion: Completion; settle: PromiseWithResolvers<boolean> }[] = [];
  let busy = false;

  async function flush(): Promise<void> {
    busy = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      const ids = batch.map(({ completion }) => completion.id);
      const leases = batch.map(({ completion }) => completion.lease);
      try {
        const { rows } = await db.query<{ ids: string[] }>("select app_private.succeed_steps($1, $2) as ids", [
          ids,
          leases,
        ]);
        const ofBatch = batch.flatMap(({ completion }) => (completion.isOfBatch ? [completion.id] : []));
        if (ofBatch.length > 0) await db.query("select app_private.settle_steps($1)", [ofBatch]);
        const done = new Set(rows[0]?.ids);
        for (const { completion, settle } of batch) settle.resolve(done.has(completion.id));
      } catch (error) {
        for (const { settle } of batch) settle.reject(error);
      }
    }
    busy = false;
  }

  return (completion) => {
    const settle = Promise.withResolvers<boolean>();
    waiting.push({ completion, settle });
    if (!busy) void flush();
    return settle.promise;
  };
}
