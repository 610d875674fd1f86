// Ctrl-C stops between two portions.
import { onStop } from "steward/shutdown";

/** Aborts at the first signal; a second one ends the process at once, with exit code 130. */
export function stopOnInterrupt(): AbortSignal {
  const stopping = new AbortController();
  onStop(130, () => stopping.abort());
  return stopping.signal;
}
