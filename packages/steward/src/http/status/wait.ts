// When it is worth looking again: a run was told of, or some seconds have passed, for somebody may have started another one.
import type { Wakeups } from "../../graphql/live/wakeups.ts";

const LOOK_AGAIN_MS = 5_000;
/** No more than ten looks a second, as for subscribers. */
const SHORTEST_PAUSE_MS = 100;

export interface BellOptions {
  /** Aborted when the client has gone, or the server closes. */
  readonly gone: AbortSignal;
  /** In milliseconds since 1970. */
  readonly until: number;
}

export interface Bell {
  /** Resolves when it is time to look again after these runs; false when nobody is to wait any longer. */
  next(ids: readonly string[]): Promise<boolean>;
  end(): void;
}

export function createBell(wakeups: Wakeups, { gone, until }: BellOptions): Bell {
  const watched = new Map<string, () => void>();
  let hasRung = false;
  let wake = () => {};
  const ring = () => {
    hasRung = true;
    wake();
  };

  /** True when one of them was not watched before: it may have changed since it was looked at. */
  const watch = (ids: readonly string[]): boolean => {
    const fresh = ids.filter((id) => !watched.has(id));
    for (const id of fresh) watched.set(id, wakeups.watch(id, ring));
    return fresh.length > 0;
  };
  const sleep = (ms: number, isRung: () => boolean) =>
    new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        gone.removeEventListener("abort", end);
        wake = () => {};
        resolve();
      };
      const timer = setTimeout(end, ms);
      gone.addEventListener("abort", end);
      wake = () => isRung() && end();
      if (gone.aborted || isRung()) end();
    });

  return {
    async next(ids) {
      const left = () => until - Date.now();
      if (gone.aborted || left() <= 0) return false;
      if (watch(ids)) return true;
      await sleep(Math.min(SHORTEST_PAUSE_MS, left()), () => false);
      await sleep(Math.min(LOOK_AGAIN_MS, Math.max(0, left())), () => hasRung);
      hasRung = false;
      return !gone.aborted;
    },
    end() {
      for (const unwatch of watched.values()) unwatch();
    },
  };
}
