// Wakes many without waking them all at once: each that wakes reads, and changes in between must not wait behind a thousand of those.
const SLICE_MS = 20;

export interface Spread {
  /** Calls `each` for all ids: a few at once right away, thousands over `withinMs`. */
  over(ids: readonly string[], withinMs: number, each: (id: string) => void): void;
  stop(): void;
}

/** So many at once do no harm. */
const AT_ONCE = 10;

export function createSpread(): Spread {
  const timers = new Set<NodeJS.Timeout>();
  return {
    over(ids, withinMs, each) {
      const size = Math.max(AT_ONCE, Math.ceil((ids.length * SLICE_MS) / withinMs));
      for (let at = 0; at < ids.length; at += size) {
        const slice = ids.slice(at, at + size);
        const timer = setTimeout(
          () => {
            timers.delete(timer);
            for (const id of slice) each(id);
          },
          (at / size) * SLICE_MS,
        );
        timers.add(timer);
      }
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
