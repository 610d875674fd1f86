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
/** Of subscriptions to much at once. */
const LONGER_PAUSE_MS = 1_000;

/** The topic of any change at all. */
export const EVERYTHING = "*";

/** The topic of changes of any of these ids. An event's id is that of the ids that changed, a line each. */
export const anyOf = (ids: readonly string[]) => ids.join("\n");

/** As Grafast wants it: topics are ids, or one of the above. */
export function createSubscriber(wakeups: Wakeups): Live {
  return {
    subscribe(topic) {
      if (topic === EVERYTHING)
        return createStream((wake) => wakeups.watchAll((reason) => wake(topic, reason)), LONGER_PAUSE_MS);
      const ids = topic.split("\n");
      return createStream(
        (wake) => {
          const ends = ids.map((id) => wakeups.watch(id, (reason) => wake(id, reason)));
          return () => {
            for (const end of ends) end();
          };
        },
        ids.length > 1 ? LONGER_PAUSE_MS : SHORTEST_PAUSE_MS,
      );
    },
  };
}

type Watch = (wake: (id: string, reason: Reason) => void) => () => void;

/** Changes that come while nobody has asked for the next one, or too soon after the last, are one. */
function createStream(watch: Watch, pauseMs: number): AsyncIterableIterator<LiveEvent> {
  let pending: Reason | undefined;
  const changed = new Set<string>();
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
    const value = { id: anyOf([...changed]), reason: pending, end: () => void finish() };
    deliver = pending = undefined;
    changed.clear();
    earliest = performance.now() + pauseMs;
    answer({ value, done: false });
  };
  const unwatch = watch((id, reason) => {
    pending = reason;
    changed.add(id);
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
