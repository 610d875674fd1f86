// A bound on how many things run at once in this process, first come, first served.

/** Runs `work` when one of the places is free; waiting ends with the signal's reason when the signal aborts. */
export type Limit = <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T>;

/** Makes a limit of `places` things at once (a whole number from 1). */
export function createLimit(places: number): Limit {
  const waiting = new Set<() => void>();
  let free = places;

  function enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (free > 0) {
      free--;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const admit = () => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = () => {
        waiting.delete(admit);
        reject(signal.reason);
      };
      waiting.add(admit);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  function leave(): void {
    const [next] = waiting;
    if (next === undefined) {
      free++;
      return;
    }
    waiting.delete(next);
    next();
  }

  return async (signal, work) => {
    await enter(signal);
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
