// Wakes whoever waits for a run or another thing: one listening connection per process, any number of waiters. What changed is not
// in the message; whoever wakes looks, so a wake-up too many does no harm, and one that was lost is made up for by the next look.
import type { Log } from "../../log.ts";
import { createListener } from "./listener.ts";
import { createRecheck, type LookOptions, type Recheck } from "./recheck.ts";
import { createSpread } from "./spread.ts";

/** Why somebody wakes: told of a change, or because changes may have been missed. */
export type Reason = "CHANGED" | "RESYNC";

export interface Wakeups {
  /** Calls `wake` after changes of the run, or other thing, with this id; returns what ends that. */
  watch(id: string, wake: (reason: Reason) => void): () => void;
  /** The same for any change, and every few seconds without one, for time passes too. */
  watchAll(wake: (reason: Reason) => void): () => void;
  /** How many ids are watched. */
  size(): number;
  close(): Promise<void>;
}

const RECHECK_MS = 5_000;
/** How long it may take to wake everybody after messages were lost. */
const RESYNC_MS = 2_000;

/** `connectionString` is the API's login. Rejects when the first connection fails; later ones are made again by themselves. */
export async function createWakeups(connectionString: string, log: Log, looks: LookOptions): Promise<Wakeups> {
  const watchers = new Map<string, Set<(reason: Reason) => void>>();
  const watchersOfAll = new Set<(reason: Reason) => void>();
  const spread = createSpread();

  const wake = (id: string, reason: Reason) => {
    for (const watcher of watchers.get(id) ?? []) watcher(reason);
  };
  const wakeThoseOfAll = (reason: Reason) => {
    for (const watcher of watchersOfAll) watcher(reason);
  };
  let recheck: Recheck | undefined;
  const listener = await createListener(connectionString, log, {
    onMessage: (payload) => {
      wakeThoseOfAll("CHANGED");
      const ids = new Set(payload.split("\n"));
      for (const id of ids) {
        if (!watchers.has(id)) continue;
        recheck?.told(id);
        wake(id, "CHANGED");
      }
    },
    onReconnect: () => {
      wakeThoseOfAll("RESYNC");
      spread.over([...watchers.keys()], RESYNC_MS, (id) => wake(id, "RESYNC"));
    },
  });
  // Somebody at the database may change rows without telling.
  recheck = createRecheck(listener.query, looks, () => [...watchers.keys()]);
  const timer = setInterval(() => {
    wakeThoseOfAll("CHANGED");
    void recheck
      ?.look()
      .then((ids) => spread.over(ids, RECHECK_MS, (id) => wake(id, "CHANGED")))
      .catch((err) => log.debug({ err }, "could not look for silent changes"));
  }, RECHECK_MS);

  return {
    watch(id, watcher) {
      const others = watchers.get(id) ?? new Set();
      watchers.set(id, others.add(watcher));
      return () => {
        others.delete(watcher);
        if (others.size === 0 && watchers.get(id) === others) watchers.delete(id);
      };
    },
    watchAll(watcher) {
      watchersOfAll.add(watcher);
      return () => void watchersOfAll.delete(watcher);
    },
    size: () => watchers.size,
    async close() {
      clearInterval(timer);
      spread.stop();
      await listener.close();
    },
  };
}
