// How large a batch may be, learnt from what the last one took: large enough to be fast, small enough for nobody to notice.

export interface Pace {
  /** Size of the next batch. */
  size(): number;
  /** Runs a batch and learns from the time it takes, also when it fails. */
  measure<T>(batch: () => Promise<T>): Promise<T>;
}

export interface PaceOptions {
  readonly start: number;
  readonly min: number;
  readonly max: number;
  /** A statement should take about so long, in ms. */
  readonly targetMs?: number;
}

/** Begins with `start`, stays between `min` and `max`, at most halves or doubles at a time. */
export function createPace({ start, min, max, targetMs = 100 }: PaceOptions): Pace {
  let size = start;
  const adapt = (ms: number) => {
    // A quick batch says little, it may have been a small one: grow only with a margin.
    if (ms > targetMs) size = Math.max(min, Math.floor(size * Math.max(0.5, targetMs / ms)));
    else if (ms < targetMs / 2) size = Math.min(max, size * 2);
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
