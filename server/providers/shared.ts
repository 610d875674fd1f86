// Requests whose answer many steps wait for (a token, the list of roles): made once, owned by none of those who wait.
import type { CallContext } from "./http.ts";

/** Aborted by nobody, so that one step's end does not fail the others; such a request ends by its own timeout. Changes nothing. */
export const SHARED: CallContext = { signal: new AbortController().signal, guard: () => {} };

/** The work's outcome, or the signal's reason as soon as it aborts; the work goes on for the others. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}

/**
 * Makes of a question one that many ask at once for one answer. One request is on its way at a time for each key. Its answer may be
 * older than what somebody has changed just now: a caller who comes meanwhile gets the next.
 */
export function createSharing<T>(ask: (key: string) => Promise<T>): (key: string, signal: AbortSignal) => Promise<T> {
  const underWay = new Map<string, Promise<T>>();
  const following = new Map<string, Promise<T>>();

  function begin(key: string): Promise<T> {
    const asked = ask(key).finally(() => underWay.delete(key));
    underWay.set(key, asked);
    return asked;
  }

  function share(key: string): Promise<T> {
    const current = underWay.get(key);
    if (current === undefined) return begin(key);
    const next =
      following.get(key) ??
      current
        .catch(() => undefined)
        .then(() => {
          following.delete(key);
          return begin(key);
        });
    following.set(key, next);
    return next;
  }

  return (key, signal) => unlessAborted(share(key), signal);
}
