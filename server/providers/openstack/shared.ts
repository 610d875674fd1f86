// Requests whose answer many steps wait for (a token, the list of roles): made once, owned by none of those who wait.
import type { CallContext } from "../http.ts";

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
