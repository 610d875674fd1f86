// How large a batch may be, learnt from what the last one took: large enough to be fast, small enough for nobody to notice.

/** A statement should take about so long, in ms. */
const TARGET_MS = 100;

export interface Pace {
  /** Size of the next batch. */
  size(): number;
  /** Runs a batch and learns from the time it takes, also when it fails. */
  measure<T>(batch: () => Promise<T>): Promise<T>;
}

/** Begins with `start`, stays between `min` and `max`, at most halves or doubles at a time. */
export function createPace({ start, min, max }: { start: number; min: number; max: number }): Pace {
  let size = start;
  const adapt = (ms: number) => {
    // A quick batch says little, it may have been a small one: grow only with a margin.
    if (ms > TARGET_MS) size = Math.max(min, Math.floor(size * Math.max(0.5, TARGET_MS / ms)));
    else if (ms < TARGET_MS / 2) size = Math.min(max, size * 2);
  };
  return {
    size: () => size,
    async measure(batch) {
      const begun = performance.now();
      try {
        return await batch();
      } finally {
        adapt(performance.now() - begun);
      }
    },
  };
}
