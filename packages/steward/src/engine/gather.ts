// Many calls in one statement: while one is under way, the next ones gather. Under load a statement is shared by all that came
// meanwhile; without load nobody waits for company.
import { setImmediate as immediate, setTimeout as sleep } from "node:timers/promises";
import { isLockTimeout } from "./blocked.ts";

/** One statement follows another after so long at the soonest: what comes in a stream goes a few at a time, what comes alone at once. */
const PACE_MS = 5;

export interface GatherOptions {
  /** After a statement with more than one item: the next one may wait longer, for there is company to wait for. */
  readonly crowdedPaceMs?: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly settle: PromiseWithResolvers<Result>;
}

/**
 * Returns a function that hands an item to `act`, together with others, and resolves to its own result. Those of a batch that
 * met somebody else's lock go one by one, and `isAlone` sends one by itself: whoever holds a lock holds up nothing else.
 */
export function gather<Item, Result>(
  act: (items: readonly Item[]) => Promise<readonly (Result | Promise<Result>)[]>,
  { crowdedPaceMs = PACE_MS }: GatherOptions = {},
): (item: Item, isAlone?: boolean) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let busy = false;
  let nextAt = Number.NEGATIVE_INFINITY;

  async function flush(): Promise<void> {
    busy = true;
    await immediate(); // what comes at the same moment, as jobs that were fetched together do, goes together
    while (waiting.length > 0) {
      const rest = nextAt - performance.now();
      if (rest > 0) await sleep(rest);
      const batch = waiting;
      nextAt = performance.now() + (batch.length > 1 ? crowdedPaceMs : PACE_MS);
      waiting = [];
      await run(batch);
    }
    busy = false;
  }

  async function run(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await act(batch.map(({ item }) => item));
      for (const [index, { settle }] of batch.entries()) settle.resolve(results[index] as Result | Promise<Result>);
    } catch (error) {
      if (isLockTimeout(error) && batch.length > 1) await Promise.all(batch.map((one) => run([one])));
      else for (const { settle } of batch) settle.reject(error);
    }
  }

  return (item, isAlone = false) => {
    const one = { item, settle: Promise.withResolvers<Result>() };
    if (isAlone) void run([one]);
    else {
      waiting.push(one);
      if (!busy) void flush();
    }
    return one.settle.promise;
  };
}
