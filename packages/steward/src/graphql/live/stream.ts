// What a subscription reads from: wake-ups of one thing, at most ten a second, none of them lost.
import type { GrafastSubscriber } from "postgraphile/grafast";
import type { Reason, Wakeups } from "./wakeups.ts";

/** Which row is to be read again, and why. */
export interface LiveEvent {
  readonly id: string;
  readonly reason: "INITIAL" | Reason;
  /** Makes it the last one. The first has none: whoever may not see the row does not get as far. */
  readonly end?: () => void;
}

export type Live = GrafastSubscriber<Record<string, LiveEvent>>;

const SHORTEST_PAUSE_MS = 100;

/** As Grafast wants it: topics are ids. */
export function createSubscriber(wakeups: Wakeups): Live {
  return { subscribe: (id) => createStream(wakeups, id) };
}

/** Changes that come while nobody has asked for the next one, or too soon after the last, are one. */
function createStream(wakeups: Wakeups, id: string): AsyncIterableIterator<LiveEvent> {
  let pending: Reason | undefined;
  let deliver: ((result: IteratorResult<LiveEvent>) => void) | undefined;
  let earliest = 0;
  let timer: NodeJS.Timeout | undefined;
  let isDone = false;

  const flush = () => {
    timer = undefined;
    if (!deliver || pending === undefined) return;
    const pause = earliest - performance.now();
    if (pause > 0) {
      timer = setTimeout(flush, pause);
      return;
    }
    const answer = deliver;
    const value = { id, reason: pending, end: () => void finish() };
    deliver = pending = undefined;
    earliest = performance.now() + SHORTEST_PAUSE_MS;
    answer({ value, done: false });
  };
  const unwatch = wakeups.watch(id, (reason) => {
    pending = reason;
    if (!timer) flush();
  });
  const finish = (): Promise<IteratorResult<LiveEvent>> => {
    isDone = true;
    clearTimeout(timer);
    unwatch();
    deliver?.({ value: undefined, done: true });
    return Promise.resolve({ value: undefined, done: true });
  };

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (isDone) return Promise.resolve({ value: undefined, done: true });
      return new Promise((resolve) => {
        deliver = resolve;
        if (!timer) flush();
      });
    },
    return: finish,
    async throw(error) {
      await finish();
      throw error;
    },
  };
}
